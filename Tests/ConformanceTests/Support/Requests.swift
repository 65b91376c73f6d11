import PealCore
import PealSQL
import Testing

let maria = UserID(trusted: "maria")
let joao = UserID(trusted: "joao")

extension Event {
    static func plain(
        _ users: UserID..., type: String = "notice", actor: String? = nil, group: String? = nil,
        policy: GroupingPolicy = GroupingPolicy(), metadata: String = "{}"
    ) -> Event {
        Event(
            type: type, recipients: users.map { Recipient($0) }, actor: actor.map { Actor(id: $0) },
            metadata: metadata, groupKey: group, grouping: policy)
    }

    /// Joins others of the same target.
    static func like(
        _ user: UserID, by actor: String, target: String = "42", policy: GroupingPolicy = GroupingPolicy()
    ) -> Event {
        plain(user, type: "like", actor: actor, group: "like:post:\(target)", policy: policy)
    }
}

extension TestStore {
    @discardableResult
    func write(_ mutation: Mutation) async throws -> MutationAnswer {
        let results = await store.write([mutation])
        try #require(results.count == 1)
        return try results[0].get()
    }

    /// Stores an event for one user.
    @discardableResult
    func send(_ event: Event, key: IdempotencyKey? = nil) async throws -> Outcome {
        let outcomes = try await sendToAll(event, key: key)
        return try #require(outcomes.first)
    }

    @discardableResult
    func sendToAll(_ event: Event, key: IdempotencyKey? = nil) async throws -> [Outcome] {
        guard case .ingest(let outcomes, _) = try await write(.ingest(Ingest(event: event, idempotency: key))) else {
            throw UnexpectedAnswer()
        }
        return outcomes
    }

    @discardableResult
    func apply(
        _ operation: RowOperation, to ids: NotificationID?..., of user: UserID = maria, origin: CommandOrigin? = nil
    ) async throws -> (inbox: Inbox, rows: [Notification], count: Int) {
        let ids = ids.compactMap(\.self)
        return try await command(InboxCommand(user: user, kind: .rows(operation, ids), origin: origin))
    }

    @discardableResult
    func mark(
        _ mark: Mark, upTo seq: Seq? = nil, of user: UserID = maria, origin: CommandOrigin? = nil
    ) async throws -> (inbox: Inbox, rows: [Notification], count: Int) {
        try await command(InboxCommand(user: user, kind: .mark(mark, upTo: seq), origin: origin))
    }

    func command(_ command: InboxCommand) async throws -> (inbox: Inbox, rows: [Notification], count: Int) {
        guard case .inbox(let inbox, let rows, let count) = try await write(.inbox(command)) else {
            throw UnexpectedAnswer()
        }
        return (inbox, rows, count)
    }

    func row(_ id: NotificationID?, of user: UserID = maria) async throws -> Notification {
        try await store.notification(try #require(id), of: user).0
    }

    func list(
        _ status: PageQuery.Status = .all, of user: UserID = maria, limit: Int = 200
    ) async throws -> [Notification] {
        try await store.page(PageQuery(user: user, limit: limit, status: status)).rows
    }

    func changes(of user: UserID = maria, after seq: Seq = 0, limit: Int = 1000) async throws -> [Change] {
        try await store.changes(of: user, after: seq, limit: limit).changes
    }

    /// The stored counts, after they were compared with the rows.
    func counts(of user: UserID = maria, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [Int] {
        let (stored, counted) = try await store.recount(of: user)
        #expect(
            counted == UnreadCounts(unread: stored.unreadCount, unseen: stored.unseenCount),
            sourceLocation: sourceLocation)
        return [stored.unreadCount, stored.unseenCount]
    }
}

struct UnexpectedAnswer: Error {}
