#if PostgreSQL
    internal import PealCore

    /// The queries of the inbox.
    enum InboxQueries {
        static let inbox = PGStatement("SELECT \(InboxTable.columns) FROM inboxes WHERE user_id = $1")
        static let times = PGStatement(
            "SELECT i.user_id, m.mark, m.at FROM inboxes AS i JOIN read_marks AS m ON m.inbox = i.number "
                + "WHERE i.user_id = $1 AND i.read_mark > 0 ORDER BY m.mark")
        static let inboxes = PGStatement(
            "SELECT i.user_id, \(InboxTable.columns) FROM unnest($1::text[]) AS w (user_id) "
                + "JOIN inboxes AS i USING (user_id) WHERE i.seq > 0")
        static let heads = PGStatement(
            "SELECT i.user_id, i.seq FROM unnest($1::text[]) AS w (user_id) JOIN inboxes AS i USING (user_id) "
                + "WHERE i.seq > 0")
        static let row = PGStatement(
            "SELECT \(NotificationColumns.names) FROM notifications WHERE inbox = $1 AND id = $2")
        static let changes = PGStatement(
            "SELECT \(NotificationColumns.names) FROM notifications WHERE inbox = $1 AND seq > $2 ORDER BY seq LIMIT $3"
        )
        static let users = PGStatement(
            "SELECT user_id FROM inboxes WHERE user_id > $1 AND seq > 0 ORDER BY user_id LIMIT $2")
        static let recount = PGStatement(
            """
            SELECT count(*), count(*) FILTER (WHERE NOT is_seen AND unseen_seq > $3) FROM notifications
            WHERE inbox = $1 AND standing = 0 AND NOT is_read AND unread_seq > $2
            """)
        static let profile = PGStatement("SELECT \(PeopleTable.profileColumns) FROM users WHERE user_id = $1")
        static let keys = PGStatement("SELECT \(PeopleTable.keyColumns) FROM api_keys ORDER BY number")
        static let revocations = PGStatement(
            "SELECT number, user_id, token, not_before, ends_at FROM revocations WHERE number > $1 ORDER BY number LIMIT $2"
        )
        static let actors = PGStatement(
            "SELECT actor, name FROM notification_actors WHERE inbox = $1 AND id = $2 "
                + "ORDER BY seq DESC, actor COLLATE \"C\" LIMIT $3 OFFSET $4")
        static let waking = PGStatement(
            "SELECT snoozed_until, i.user_id, n.id FROM notifications AS n JOIN inboxes AS i ON i.number = n.inbox "
                + "WHERE snoozed_until <= $1 ORDER BY snoozed_until LIMIT $2")
        static let ending = PGStatement(
            "SELECT expires_at, i.user_id, n.id FROM notifications AS n JOIN inboxes AS i ON i.number = n.inbox "
                + "WHERE expires_at <= $1 AND expires_at IS NOT NULL AND standing <> 2 ORDER BY expires_at LIMIT $2")
        static let nextWake = PGStatement("SELECT min(snoozed_until) FROM notifications WHERE snoozed_until > $1")
        static let nextEnd = PGStatement(
            "SELECT min(expires_at) FROM notifications WHERE expires_at > $1 AND standing <> 2")
        static let oldest = PGStatement(
            "SELECT last_event_at, id, seq FROM notifications WHERE inbox = $1 AND standing = $2 AND is_read = $3 "
                + "AND last_event_at < $4 ORDER BY last_event_at, id LIMIT $5")
        static let keptRows = PGStatement("SELECT count(*) FROM notifications WHERE inbox = $1 AND standing IN (0, 1)")
        static let purgeable = PGStatement(
            "SELECT count(*) FROM (SELECT FROM notifications WHERE inbox = $1 AND standing = 2 AND updated_at < $2 LIMIT $3)"
                + " AS found")
    }

    extension SnapshotReader {
        /// The number is nil, and the inbox empty, where the user never got anything.
        func inbox(of user: UserID) throws(StoreError) -> (number: Int64?, inbox: Inbox) {
            Self.inbox(in: try query(InboxQueries.inbox, PGParameters(user)))
        }

        private static func inbox(in rows: PGRows) -> (number: Int64?, inbox: Inbox) {
            guard rows.next() else { return (nil, Inbox()) }
            let number = rows.integer()
            let inbox = rows.inbox()
            return inbox.seq > 0 ? (number, inbox) : (nil, Inbox())
        }

        func counters(of user: UserID) throws(StoreError) -> Inbox { try inbox(of: user).inbox }

        /// For folding rows: with the times of the read marks.
        func inboxForRows(of user: UserID) throws(StoreError) -> (number: Int64?, inbox: Inbox) {
            let rows = try queries([
                (InboxQueries.inbox, PGParameters(user)), (InboxQueries.times, PGParameters(user)),
            ])
            guard rows.count == 2 else { throw StoreError(.internalFault, "an inbox was not answered") }
            var (number, inbox) = Self.inbox(in: rows[0])
            inbox.readTimes = rows[1].readTimes()[user]
            return (number, inbox)
        }

        func inboxes(of users: [UserID]) throws(StoreError) -> [UserID: Inbox] {
            var parameters = PGParameters()
            parameters.bind(PGArray(users))
            let rows = try query(InboxQueries.inboxes, parameters)
            var inboxes: [UserID: Inbox] = [:]
            inboxes.reserveCapacity(users.count)
            while rows.next() {
                let user = rows.user()
                _ = rows.integer()
                inboxes[user] = rows.inbox()
            }
            return inboxes
        }

        func heads(of users: [UserID]) throws(StoreError) -> [UserID: Seq] {
            var parameters = PGParameters()
            parameters.bind(PGArray(users))
            let rows = try query(InboxQueries.heads, parameters)
            var heads: [UserID: Seq] = [:]
            heads.reserveCapacity(users.count)
            while rows.next() { heads[rows.user()] = rows.integer() }
            return heads
        }

        func changes(of user: UserID, after seq: Seq, limit: Int) throws(StoreError) -> ChangePage {
            let (number, inbox) = try inboxForRows(of: user)
            guard let number, inbox.seq > seq else { return ChangePage(inbox: inbox, changes: [], hasMore: false) }
            var parameters = PGParameters(inbox: number)
            parameters.bind(seq)
            parameters.bind(limit + 1)
            let rows = try query(InboxQueries.changes, parameters)
            var changes = inbox.marks(after: seq)
            while rows.next() { changes.append(.row(inbox.folded(rows.notification(of: user).row))) }
            changes.sort { $0.seq < $1.seq }
            return ChangePage(inbox: inbox, changes: Array(changes.prefix(limit)), hasMore: changes.count > limit)
        }

        /// As it is written, not folded; tombstones are not found.
        private func row(
            _ id: NotificationID, of user: UserID, in number: Int64?
        ) throws(StoreError) -> Notification {
            var parameters = PGParameters(inbox: number ?? 0)
            parameters.bind(id)
            let rows = try query(InboxQueries.row, parameters)
            guard number != nil, rows.next() else { throw StoreError(.notFound, "no notification \(id)") }
            let row = rows.notification(of: user).row
            guard row.standing != .deleted else { throw StoreError(.notFound, "no notification \(id)") }
            return row
        }

        func notification(_ id: NotificationID, of user: UserID) throws(StoreError) -> (Notification, Inbox) {
            let (number, inbox) = try inboxForRows(of: user)
            return (inbox.folded(try row(id, of: user, in: number)), inbox)
        }

        func actors(
            of id: NotificationID, user: UserID, offset: Int, limit: Int
        ) throws(StoreError) -> ActorPage {
            let number = try inbox(of: user).number
            let row = try row(id, of: user, in: number)
            var actors = Array(row.actors.dropFirst(offset).prefix(limit + 1))
            if row.actorCount > Notification.actorSampleLimit {
                var parameters = PGParameters(inbox: number ?? 0)
                parameters.bind(id)
                parameters.bind(limit + 1)
                parameters.bind(offset)
                let rows = try query(InboxQueries.actors, parameters)
                actors = []
                while rows.next() { actors.append(Actor(id: rows.text(), name: rows.optionalText())) }
            }
            return ActorPage(
                actors: Array(actors.prefix(limit)), count: row.actorCount, hasMore: actors.count > limit)
        }

        func profile(of user: UserID) throws(StoreError) -> UserProfile? {
            let rows = try query(InboxQueries.profile, PGParameters(user))
            return rows.next() ? rows.profile(of: user) : nil
        }

        func keys() throws(StoreError) -> [APIKeyRecord] {
            let rows = try query(InboxQueries.keys, .none)
            var keys: [APIKeyRecord] = []
            while rows.next() { keys.append(rows.key()) }
            return keys
        }

        func revocations(after number: Int64, limit: Int) throws(StoreError) -> [Revocation] {
            var parameters = PGParameters(inbox: number)
            parameters.bind(limit)
            let rows = try query(InboxQueries.revocations, parameters)
            var revocations: [Revocation] = []
            while rows.next() {
                let (number, user, token) = (rows.integer(), rows.user(), rows.text())
                let (notBefore, endsAt) = (rows.optionalTime(), rows.optionalTime())
                revocations.append(
                    Revocation(
                        number: number, user: user,
                        extent: notBefore.map { .issuedBefore($0) } ?? .token(id: token, endsAt: endsAt)))
            }
            return revocations
        }

        func users(after user: UserID?, limit: Int) throws(StoreError) -> [UserID] {
            var parameters = PGParameters()
            parameters.bind(user?.rawValue ?? "")
            parameters.bind(limit)
            let rows = try query(InboxQueries.users, parameters)
            var users: [UserID] = []
            while rows.next() { users.append(rows.user()) }
            return users
        }

        func recount(of user: UserID) throws(StoreError) -> (stored: Inbox, counted: UnreadCounts) {
            let (number, inbox) = try inbox(of: user)
            guard let number else { return (inbox, UnreadCounts(unread: 0, unseen: 0)) }
            var parameters = PGParameters(inbox: number)
            parameters.bind(inbox.readMark)
            parameters.bind(inbox.seenMark)
            let rows = try query(InboxQueries.recount, parameters)
            guard rows.next() else { return (inbox, UnreadCounts(unread: 0, unseen: 0)) }
            return (inbox, UnreadCounts(unread: Int(rows.integer()), unseen: Int(rows.integer())))
        }

        // MARK: Time

        func due(at time: Timestamp, limit: Int) throws(StoreError) -> DueRows {
            var parameters = PGParameters()
            parameters.bind(time)
            parameters.bind(limit + 1)
            var due: [(at: Int64, row: DueRows.Row)] = []
            for rows in try queries([(InboxQueries.waking, parameters), (InboxQueries.ending, parameters)]) {
                while rows.next() { due.append((rows.integer(), DueRows.Row(user: rows.user(), id: rows.id()))) }
            }
            due.sort { ($0.at, $0.row.id) < ($1.at, $1.row.id) }
            var seen: Set<NotificationID> = []
            let rows = due.map(\.row).filter { seen.insert($0.id).inserted }
            let next = rows.count > limit ? nil : try nextDue(after: time)
            return DueRows(rows: Array(rows.prefix(limit)), next: next)
        }

        private func nextDue(after time: Timestamp) throws(StoreError) -> Timestamp? {
            var parameters = PGParameters()
            parameters.bind(time)
            var times: [Timestamp] = []
            for rows in try queries([(InboxQueries.nextWake, parameters), (InboxQueries.nextEnd, parameters)])
            where rows.next() {
                if let time = rows.optionalTime() { times.append(time) }
            }
            return times.min()
        }

        // MARK: Retention

        func retention(
            of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int
        ) throws(StoreError) -> RetentionStep {
            let purgeBefore = time + .milliseconds(-policy.tombstoneAge.wholeMilliseconds)
            guard let inbox = try inbox(of: user).number else { return RetentionStep(purgeBefore: purgeBefore) }
            var stale: [RetentionStep.Stale] = []
            if let age = policy.maximumAge {
                stale = try oldest(inbox, before: time + .milliseconds(-age.wholeMilliseconds), limit: limit)
            }
            if let maximum = policy.maximumRows, stale.count < limit {
                let rows = try query(InboxQueries.keptRows, PGParameters(inbox: inbox))
                let surplus = (rows.next() ? Int(rows.integer()) : 0) - maximum
                if surplus > stale.count {
                    stale = try oldest(inbox, before: Timestamp(milliseconds: .max), limit: min(surplus, limit))
                }
            }
            var parameters = PGParameters(inbox: inbox)
            parameters.bind(purgeBefore)
            parameters.bind(limit)
            let rows = try query(InboxQueries.purgeable, parameters)
            return RetentionStep(
                stale: stale, purgeBefore: purgeBefore, purgeable: rows.next() ? Int(rows.integer()) : 0)
        }

        /// Active and archived rows whose last event was before a time, the oldest first.
        private func oldest(
            _ inbox: Int64, before time: Timestamp, limit: Int
        ) throws(StoreError) -> [RetentionStep.Stale] {
            var found: [(at: Int64, stale: RetentionStep.Stale)] = []
            let kinds: [(Standing, Bool)] = [(.active, false), (.active, true), (.archived, true)]
            let statements = kinds.map { standing, isRead in
                var parameters = PGParameters(inbox: inbox)
                parameters.bind(standing.rawValue)
                parameters.bind(isRead)
                parameters.bind(time)
                parameters.bind(limit)
                return (InboxQueries.oldest, parameters)
            }
            for rows in try queries(statements) {
                while rows.next() {
                    found.append((rows.integer(), RetentionStep.Stale(id: rows.id(), seq: rows.integer())))
                }
            }
            return found.sorted { ($0.at, $0.stale.id) < ($1.at, $1.stale.id) }.prefix(limit).map(\.stale)
        }
    }
#endif
