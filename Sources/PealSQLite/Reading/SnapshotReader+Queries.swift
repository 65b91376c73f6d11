internal import PealCore

extension SnapshotReader {
    func inbox(of user: UserID) throws(StoreError) -> (id: Int64?, inbox: Inbox) {
        let statement = sql.inbox
        defer { statement.reset() }
        statement.bind(user.rawValue)
        guard try statement.next() else { return (nil, Inbox()) }
        return (statement.integer(), statement.inbox())
    }

    func counters(of user: UserID) throws(StoreError) -> Inbox { try inbox(of: user).inbox }

    /// For folding rows: with the times of the read marks.
    func inboxForRows(of user: UserID) throws(StoreError) -> (id: Int64?, inbox: Inbox) {
        var (id, inbox) = try inbox(of: user)
        if let id, inbox.readMark > 0 { inbox.readTimes = try sql.readTimes.readTimes(of: id) }
        return (id, inbox)
    }

    func inboxes(of users: [UserID]) throws(StoreError) -> [UserID: Inbox] {
        let statement = sql.inbox
        defer { statement.reset() }
        var inboxes: [UserID: Inbox] = [:]
        inboxes.reserveCapacity(users.count)
        for user in users {
            statement.bind(user.rawValue)
            if try statement.next() {
                _ = statement.integer()
                inboxes[user] = statement.inbox()
            }
            statement.reset()
        }
        return inboxes
    }

    func heads(of users: [UserID]) throws(StoreError) -> [UserID: Seq] {
        let statement = sql.head
        defer { statement.reset() }
        var heads: [UserID: Seq] = [:]
        heads.reserveCapacity(users.count)
        for user in users {
            statement.bind(user.rawValue)
            if try statement.next() { heads[user] = statement.integer() }
            statement.reset()
        }
        return heads
    }

    func page(_ query: PageQuery) throws(StoreError) -> InboxPage {
        let (id, inbox) = try inboxForRows(of: query.user)
        guard let id else { return InboxPage(inbox: inbox, rows: [], hasMore: false) }
        var walk = try ListWalk(query, inbox: inbox, id: id, reader: self)
        defer { walk.end() }
        let (rows, hasMore) = try walk.page()
        noteUnfolded(walk.unfoldedCount, id)
        return InboxPage(inbox: inbox, rows: rows, hasMore: hasMore)
    }

    func changes(of user: UserID, after seq: Seq, limit: Int) throws(StoreError) -> ChangePage {
        let (id, inbox) = try inboxForRows(of: user)
        guard let id, inbox.seq > seq else { return ChangePage(inbox: inbox, changes: [], hasMore: false) }
        let statement = sql.changes
        defer { statement.reset() }
        statement.bind(id)
        statement.bind(seq)
        statement.bind(limit + 1)
        var changes = inbox.marks(after: seq)
        while try statement.next() {
            changes.append(.row(inbox.folded(statement.notification(of: user).row)))
        }
        changes.sort { $0.seq < $1.seq }
        return ChangePage(inbox: inbox, changes: Array(changes.prefix(limit)), hasMore: changes.count > limit)
    }

    func notification(_ id: NotificationID, of user: UserID) throws(StoreError) -> (Notification, Inbox) {
        let (number, inbox) = try inboxForRows(of: user)
        let statement = sql.row
        defer { statement.reset() }
        statement.bind(id)
        statement.bind(number ?? 0)
        guard number != nil, try statement.next() else { throw StoreError(.notFound, "no notification \(id)") }
        let row = statement.notification(of: user).row
        guard row.standing != .deleted else { throw StoreError(.notFound, "no notification \(id)") }
        return (inbox.folded(row), inbox)
    }

    func profile(of user: UserID) throws(StoreError) -> UserProfile? {
        let statement = sql.profile
        defer { statement.reset() }
        statement.bind(user.rawValue)
        return try statement.next() ? statement.profile(of: user) : nil
    }

    func keys() throws(StoreError) -> [APIKeyRecord] {
        let statement = sql.keys
        defer { statement.reset() }
        var keys: [APIKeyRecord] = []
        while try statement.next() { keys.append(statement.key()) }
        return keys
    }

    func revocations(after number: Int64, limit: Int) throws(StoreError) -> [Revocation] {
        let statement = sql.revocations
        defer { statement.reset() }
        statement.bind(number)
        statement.bind(limit)
        var revocations: [Revocation] = []
        while try statement.next() {
            let (number, user, token) = (statement.integer(), statement.text(), statement.text())
            let notBefore = statement.optionalInteger().map(Timestamp.init(milliseconds:))
            let endsAt = statement.optionalInteger().map(Timestamp.init(milliseconds:))
            revocations.append(
                Revocation(
                    number: number, user: UserID(trusted: user),
                    extent: notBefore.map { .issuedBefore($0) } ?? .token(id: token, endsAt: endsAt)))
        }
        return revocations
    }

    func users(after user: UserID?, limit: Int) throws(StoreError) -> [UserID] {
        let statement = sql.users
        defer { statement.reset() }
        statement.bind(user?.rawValue ?? "")
        statement.bind(limit)
        var users: [UserID] = []
        while try statement.next() { users.append(UserID(trusted: statement.text())) }
        return users
    }

    func recount(of user: UserID) throws(StoreError) -> (stored: Inbox, counted: UnreadCounts) {
        let (id, inbox) = try inbox(of: user)
        guard let id else { return (inbox, UnreadCounts(unread: 0, unseen: 0)) }
        let statement = sql.recount
        defer { statement.reset() }
        statement.bind(id)
        statement.bind(inbox.readMark)
        statement.bind(inbox.seenMark)
        guard try statement.next() else { return (inbox, UnreadCounts(unread: 0, unseen: 0)) }
        return (inbox, UnreadCounts(unread: Int(statement.integer()), unseen: Int(statement.integer())))
    }
}
