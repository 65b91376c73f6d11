/// The store that forgets: for tests, for trying things out (`memory:`), and as the model of what a store must do.
///
/// Everything happens inside the actor, without suspension, so a batch is atomic and publications keep commit order.
public actor InMemoryStore: Store {
    /// New with every store: nothing in memory outlives a process.
    public nonisolated let epoch: StoreEpoch

    var state = MemoryState()
    private let runner: MutationRunner
    private let clock: @Sendable () -> Timestamp
    private let publish: PublicationSink
    private var isClosed = false

    /// - Parameters:
    ///   - preferences: what reaches users who have said nothing.
    ///   - planner: says what leaves Peal; nothing does where there is none.
    ///   - clock: the time of each batch.
    ///   - publish: takes each batch, in order.
    public init(
        epoch: StoreEpoch = .random(), renderer: any TextRenderer,
        preferences: PreferencePolicy = PreferencePolicy(), planner: (any DeliveryPlanning)? = nil,
        clock: @escaping @Sendable () -> Timestamp,
        publish: @escaping PublicationSink = { _ in }
    ) {
        self.epoch = epoch
        self.runner = MutationRunner(renderer: renderer, policy: preferences, planner: planner)
        self.clock = clock
        self.publish = publish
    }

    /// Begins with tables as they are, also such as no mutation would leave behind: for tests.
    init(tables: MemoryState, renderer: any TextRenderer, clock: @escaping @Sendable () -> Timestamp) {
        self.epoch = .random()
        self.runner = MutationRunner(renderer: renderer)
        self.clock = clock
        self.publish = { _ in }
        self.state = tables
    }

    public func write(_ mutations: [Mutation]) -> [Result<MutationAnswer, StoreError>] {
        guard !isClosed else { return mutations.map { _ in .failure(StoreError(.closed, "the store is closed")) } }
        var publications: [Publication] = []
        state.now = clock()
        let results = mutations.map { mutation -> Result<MutationAnswer, StoreError> in
            do throws(StoreError) {
                let (answer, published) = try runner.run(mutation, in: &state)
                publications += published
                return .success(answer)
            } catch {
                if case .inbox(let command) = mutation, let inbox = try? state.inbox(of: command.user),
                    let refusal = MutationRunner.refusal(of: mutation, error: error, inbox: inbox)
                {
                    publications.append(refusal)
                }
                return .failure(error)
            }
        }
        if !publications.isEmpty { publish(publications) }
        return results
    }

    public func page(_ query: PageQuery) throws(StoreError) -> InboxPage {
        try checkOpen()
        let inbox = state.users[query.user]?.inbox ?? Inbox()
        let rows = state.folded(query.user).filter { $0.matches(query) }
            .sorted { ($0.lastEventAt, $0.id) > ($1.lastEventAt, $1.id) }
            .drop { row in query.after.map { (row.lastEventAt, row.id) >= ($0.lastEventAt, $0.id) } ?? false }
            .dropFirst(query.offset)
        return InboxPage(inbox: inbox, rows: Array(rows.prefix(query.limit)), hasMore: rows.count > query.limit)
    }

    public func changes(of user: UserID, after seq: Seq, limit: Int) throws(StoreError) -> ChangePage {
        try checkOpen()
        let inbox = state.users[user]?.inbox ?? Inbox()
        var changes = state.folded(user).filter { $0.seq > seq }.map(Change.row)
        changes += inbox.marks(after: seq)
        changes.sort { $0.seq < $1.seq }
        return ChangePage(inbox: inbox, changes: Array(changes.prefix(limit)), hasMore: changes.count > limit)
    }

    public func inbox(of user: UserID) throws(StoreError) -> Inbox {
        try checkOpen()
        return state.users[user]?.inbox ?? Inbox()
    }

    public func inboxes(of users: [UserID]) throws(StoreError) -> [UserID: Inbox] {
        try checkOpen()
        return users.reduce(into: [:]) { inboxes, user in inboxes[user] = state.users[user]?.inbox }
    }

    public func heads(of users: [UserID]) throws(StoreError) -> [UserID: Seq] {
        try checkOpen()
        return users.reduce(into: [:]) { heads, user in heads[user] = state.users[user]?.inbox.seq }
    }

    public func notification(_ id: NotificationID, of user: UserID) throws(StoreError) -> (Notification, Inbox) {
        try checkOpen()
        guard let inbox = state.users[user]?.inbox, let row = state.users[user]?.rows[id], row.standing != .deleted
        else { throw StoreError(.notFound, "no notification \(id)") }
        return (inbox.folded(row), inbox)
    }

    public func actors(
        of id: NotificationID, user: UserID, offset: Int, limit: Int
    ) throws(StoreError) -> ActorPage {
        try checkOpen()
        guard let entry = state.users[user], let row = entry.rows[id], row.standing != .deleted
        else { throw StoreError(.notFound, "no notification \(id)") }
        let actors = (entry.actors[id] ?? row.actors).dropFirst(offset)
        return ActorPage(actors: Array(actors.prefix(limit)), count: row.actorCount, hasMore: actors.count > limit)
    }

    public func due(at time: Timestamp, limit: Int) throws(StoreError) -> DueRows {
        try checkOpen()
        return state.due(at: time, limit: limit)
    }

    public func retention(
        of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int
    ) throws(StoreError) -> RetentionStep {
        try checkOpen()
        return state.retention(of: user, policy, at: time, limit: limit)
    }

    public func profile(of user: UserID) throws(StoreError) -> UserProfile? {
        try checkOpen()
        return state.profiles[user]
    }

    public func keys() throws(StoreError) -> [APIKeyRecord] {
        try checkOpen()
        return state.keys
    }

    public func revocations(after number: Int64, limit: Int) throws(StoreError) -> [Revocation] {
        try checkOpen()
        return Array(state.revocations.filter { $0.number > number }.prefix(limit))
    }

    public func users(after user: UserID?, limit: Int) throws(StoreError) -> [UserID] {
        try checkOpen()
        let following = state.users.keys.filter { name in user.map { name > $0 } ?? true }
        return Array(following.sorted().prefix(limit))
    }

    public func recount(of user: UserID) throws(StoreError) -> (stored: Inbox, counted: UnreadCounts) {
        try checkOpen()
        let rows = state.folded(user).map(RowState.init)
        let counted = UnreadCounts(
            unread: rows.reduce(0) { $0 + $1.unread }, unseen: rows.reduce(0) { $0 + $1.unseen })
        return (state.users[user]?.inbox ?? Inbox(), counted)
    }

    public func close() {
        isClosed = true
    }

    func checkOpen() throws(StoreError) {
        guard !isClosed else { throw StoreError(.closed, "the store is closed") }
    }
}

extension Inbox {
    /// The marks that moved after a seq.
    public func marks(after seq: Seq) -> [Change] {
        var marks: [Change] = []
        if readMarkSeq > seq {
            marks.append(.mark(.readAll, upTo: readMark, seq: readMarkSeq, at: readTimes?.latest?.at))
        }
        if seenMarkSeq > seq { marks.append(.mark(.seenAll, upTo: seenMark, seq: seenMarkSeq, at: nil)) }
        return marks
    }
}

extension Notification {
    fileprivate func matches(_ query: PageQuery) -> Bool {
        if let wanted = query.type, !wanted.utf8.elementsEqual(type.utf8) { return false }
        return switch query.status {
        case .all: standing == .active
        case .unread: standing == .active && !isRead
        case .read: standing == .active && isRead
        case .unseen: standing == .active && !isSeen
        case .archived: standing == .archived
        case .snoozed: standing == .snoozed
        }
    }
}
