/// Where inboxes are kept: the one truth that every session is compared with.
///
/// A store groups the mutations that wait into one transaction, hands each committed batch to its ``PublicationSink`` in
/// commit order, and only then answers the callers (RULES 14, 15). It owns the exactness of counts: every arithmetic is
/// ``Inbox``'s. A read answers from one snapshot.
public protocol Store: RevocationLog, OwnerReads, PreferenceReads, ScheduleReads, TopicReads,
    DeliveryReads
{
    /// Fixed from opening to closing.
    var epoch: StoreEpoch { get }

    /// Applies each mutation, durably before it returns; one that fails leaves its neighbours alone.
    ///
    /// Cancelling the caller does not cancel the mutations.
    /// - Returns: as many results as mutations, in their order.
    func write(_ mutations: [Mutation]) async -> [Result<MutationAnswer, StoreError>]

    /// The same without waiting, for commands of sessions: their answer, also a refusal, travels as a ``Publication`` with
    /// the command's origin. Returns at once; may be called from an event loop.
    func submit(_ command: InboxCommand)

    /// One page of a user's list, newest activity first, with the inbox of the same snapshot.
    func page(_ query: PageQuery) async throws(StoreError) -> InboxPage

    /// The same for several at once, each from one snapshot, for clients that come together.
    func pages(_ queries: [PageQuery]) async throws(StoreError) -> [InboxPage]

    /// The rows and marks that changed after a seq, in order of seq, with the inbox of the same snapshot.
    ///
    /// - Parameter limit: rows and marks together.
    func changes(of user: UserID, after seq: Seq, limit: Int) async throws(StoreError) -> ChangePage

    /// The counters of one user; an empty inbox for one who never got anything.
    func inbox(of user: UserID) async throws(StoreError) -> Inbox

    /// The counters of many users, from one snapshot, for clients that come back together. Users without an inbox are left out.
    func inboxes(of users: [UserID]) async throws(StoreError) -> [UserID: Inbox]

    /// The heads of many users, to compare live sessions with (RULES 16). Users without an inbox are left out.
    func heads(of users: [UserID]) async throws(StoreError) -> [UserID: Seq]

    /// One row, folded; tombstones are not found.
    func notification(_ id: NotificationID, of user: UserID) async throws(StoreError) -> (Notification, Inbox)

    /// The distinct actors of one row, the newest first. Tombstones are not found.
    func actors(of id: NotificationID, user: UserID, offset: Int, limit: Int) async throws(StoreError) -> ActorPage

    /// Snoozed rows and rows with an end whose time has come, the earliest first.
    func due(at time: Timestamp, limit: Int) async throws(StoreError) -> DueRows

    /// What retention asks for in one inbox, at most `limit` rows of each kind.
    func retention(
        of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int
    ) async throws(StoreError) -> RetentionStep

    func profile(of user: UserID) async throws(StoreError) -> UserProfile?

    /// Every key that was ever made, revoked ones too.
    func keys() async throws(StoreError) -> [APIKeyRecord]

    /// Users with an inbox, in the order of their bytes, after this one: for a walk over all of them.
    func users(after user: UserID?, limit: Int) async throws(StoreError) -> [UserID]

    /// The counts as the rows say them: what the auditor compares with ``inbox(of:)`` (RULES 20).
    func recount(of user: UserID) async throws(StoreError) -> (stored: Inbox, counted: UnreadCounts)

    /// Finishes what was accepted, then closes. Later calls fail with `closed`.
    func close() async
}

extension Store {
    /// One query for each: drivers do better.
    public func pages(_ queries: [PageQuery]) async throws(StoreError) -> [InboxPage] {
        var pages: [InboxPage] = []
        for query in queries { pages.append(try await page(query)) }
        return pages
    }

    /// One query for each user: drivers do better.
    public func inboxes(of users: [UserID]) async throws(StoreError) -> [UserID: Inbox] {
        var inboxes: [UserID: Inbox] = [:]
        for user in users {
            let inbox = try await inbox(of: user)
            if inbox.seq > 0 { inboxes[user] = inbox }
        }
        return inboxes
    }

    /// For drivers without a queue of their own.
    public func submit(_ command: InboxCommand) {
        Task { _ = await write([.inbox(command)]) }
    }
}

/// What to show of a list.
public struct PageQuery: Sendable, Equatable {
    /// `archived` and `snoozed` show only such rows; the others never do.
    public enum Status: String, Sendable, CaseIterable {
        case all, unread, read, unseen, archived, snoozed

        /// `all, unread, …`, for people.
        public static let list = allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// Where a page begins: after this row in list order.
    public struct Position: Sendable, Equatable {
        /// Of the last row of the page before.
        public var lastEventAt: Timestamp
        /// Of the same row; tells those of one moment apart.
        public var id: NotificationID

        /// The place behind that row.
        public init(lastEventAt: Timestamp, id: NotificationID) {
            self.lastEventAt = lastEventAt
            self.id = id
        }
    }

    /// Whose list it is.
    public var user: UserID
    /// Rows at most.
    public var limit: Int
    /// Rows to pass over first.
    public var offset: Int
    /// Nil for the first page.
    public var after: Position?
    /// Which rows are shown.
    public var status: Status
    /// Only rows of this type; nil for all.
    public var type: String?

    /// The newest fifty rows that are not archived, unless something else is asked for.
    public init(
        user: UserID, limit: Int = 50, offset: Int = 0, after: Position? = nil, status: Status = .all,
        type: String? = nil
    ) {
        self.user = user
        self.limit = limit
        self.offset = offset
        self.after = after
        self.status = status
        self.type = type
    }
}

/// Some rows of a list, with the counters of the same moment.
public struct InboxPage: Sendable, Equatable {
    /// The counters, read in the same snapshot as the rows.
    public var inbox: Inbox
    /// Folded, newest activity first.
    public var rows: [Notification]
    /// Whether another page follows.
    public var hasMore: Bool

    /// A page as a driver has read it.
    public init(inbox: Inbox, rows: [Notification], hasMore: Bool) {
        self.inbox = inbox
        self.rows = rows
        self.hasMore = hasMore
    }

    /// Where the next page begins; nil on the last.
    public var next: PageQuery.Position? {
        guard hasMore, let last = rows.last else { return nil }
        return PageQuery.Position(lastEventAt: last.lastEventAt, id: last.id)
    }
}

/// A row in its present state, or a mark, at its place in the order of changes.
public enum Change: Sendable, Equatable {
    /// Folded. A deleted row is a tombstone.
    case row(Notification)
    /// - at: when, for a read-all; nil for seen-all.
    case mark(Mark, upTo: Seq, seq: Seq, at: Timestamp?)

    /// Its place in the order of changes.
    public var seq: Seq {
        switch self {
        case .row(let row): row.seq
        case .mark(_, _, let seq, _): seq
        }
    }
}

/// What changed after a cursor, with the counters of the same moment.
public struct ChangePage: Sendable, Equatable {
    /// The counters, read in the same snapshot as the changes.
    public var inbox: Inbox
    /// In the order of their seq.
    public var changes: [Change]
    /// Whether changes are left for another page.
    public var hasMore: Bool

    /// A page as a driver has read it.
    public init(inbox: Inbox, changes: [Change], hasMore: Bool) {
        self.inbox = inbox
        self.changes = changes
        self.hasMore = hasMore
    }

    /// The seq up to which a client that has applied this page is complete.
    public var through: Seq { hasMore ? changes.last?.seq ?? inbox.seq : inbox.seq }
}
