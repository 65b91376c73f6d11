#if PostgreSQL
    internal import PealCore

    /// Erasures that are under way, and the removal of what they have taken away.
    final class ErasureTable {
        /// A table that keeps records by user, besides the inbox.
        struct PersonalTable {
            var name: String
            /// Holds the user's id.
            var userColumn = "user_id"
        }

        /// What goes with the user.
        static let personalTables = [
            PersonalTable(name: "users"), PersonalTable(name: "preferences"), PersonalTable(name: "target_mutes"),
            PersonalTable(name: "actor_mutes"), PersonalTable(name: "topic_members"), PersonalTable(name: "deliveries"),
            // That others have muted the user.
            PersonalTable(name: "actor_mutes", userColumn: "actor"),
        ]

        static let columns =
            "user_id, alias, started_at, round, row_position, answer_position, notifications, records, mentions, answers"

        private static let select = PGStatement("SELECT \(columns) FROM erasures WHERE user_id = $1 FOR UPDATE")
        private static let write = PGStatement(
            "INSERT INTO erasures (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id) "
                + "DO UPDATE SET "
                + columns.split(separator: ", ").map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        private static let delete = PGStatement("DELETE FROM erasures WHERE user_id = $1")
        private static let detach = PGStatement("INSERT INTO detached_inboxes (inbox, user_id) VALUES ($1, $2)")
        private static let detached = PGStatement("SELECT inbox FROM detached_inboxes WHERE user_id = $1 LIMIT 1")
        private static let deleteDetached = PGStatement("DELETE FROM detached_inboxes WHERE inbox = $1")
        private static let deleteMarks = PGStatement("DELETE FROM read_marks WHERE inbox = $1")
        private static let purgeable = PGStatement(
            "SELECT id FROM notifications WHERE inbox = $1 ORDER BY seq LIMIT $2")
        private static let deleteActors = PGStatement(
            "DELETE FROM notification_actors WHERE inbox = $1 AND id = ANY ($2::uuid[])")
        private static let deleteRows = PGStatement(
            "DELETE FROM notifications WHERE inbox = $1 AND id = ANY ($2::uuid[])")
        private static let deletePersonal = personalTables.map { table in
            PGStatement(
                "DELETE FROM \(table.name) WHERE ctid = ANY (ARRAY("
                    + "SELECT ctid FROM \(table.name) WHERE \(table.userColumn) = $1 LIMIT $2))")
        }
        private static let renameActor = PGStatement(
            """
            WITH gone AS (
                DELETE FROM notification_actors WHERE inbox = $1 AND id = $2 AND actor = $3 RETURNING seq)
            INSERT INTO notification_actors (inbox, id, actor, name, seq) SELECT $1, $2, $4, $5, seq FROM gone
            ON CONFLICT (inbox, id, actor) DO UPDATE SET name = excluded.name, seq = excluded.seq
            """)

        private let session: WriteSession

        init(_ session: WriteSession) {
            self.session = session
        }

        private static func parameters(_ user: UserID) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(user)
            return parameters
        }

        private static func parameters(_ inbox: Int64) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(inbox)
            return parameters
        }
    }

    // MARK: - The erasures themselves

    extension ErasureTable {
        func erasure(of user: UserID) throws(StoreError) -> Erasure? {
            let rows = try session.query(Self.select, Self.parameters(user))
            return rows.next() ? rows.erasure() : nil
        }

        func set(_ erasure: Erasure) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bind(erasure.user)
            parameters.bind(erasure.alias)
            parameters.bind(erasure.startedAt)
            parameters.bind(erasure.round)
            parameters.bind(erasure.position.row)
            parameters.bind(erasure.position.answer)
            parameters.bind(erasure.removed.notifications)
            parameters.bind(erasure.removed.records)
            parameters.bind(erasure.removed.mentions)
            parameters.bind(erasure.removed.answers)
            try session.send(Self.write, parameters)
        }

        func end(of user: UserID) throws(StoreError) {
            try session.send(Self.delete, Self.parameters(user))
        }
    }

    extension PGRows {
        /// The columns of ``ErasureTable/columns``.
        func erasure() -> Erasure {
            Erasure(
                user: user(), alias: text(), startedAt: time(), round: integer(),
                position: Erasure.Position(row: integer(), answer: integer()),
                removed: Erasure.Removed(
                    notifications: Int(integer()), records: Int(integer()), mentions: Int(integer()),
                    answers: Int(integer())))
        }
    }

    // MARK: - What goes

    extension ErasureTable {
        /// Remembers that the rows of this inbox are to be removed.
        func detach(_ inbox: Int64, of user: UserID) throws(StoreError) {
            var parameters = Self.parameters(inbox)
            parameters.bind(user)
            try session.send(Self.detach, parameters)
        }

        func purgeDetached(of user: UserID, limit: Int) throws(StoreError) -> Int {
            var count = 0
            while count < limit, let inbox = try detachedInbox(of: user) {
                let removed = try purge(inbox, limit: limit - count)
                count += removed
                if count < limit {
                    try session.send(Self.deleteMarks, Self.parameters(inbox))
                    try session.send(Self.deleteDetached, Self.parameters(inbox))
                }
            }
            return count
        }

        private func detachedInbox(of user: UserID) throws(StoreError) -> Int64? {
            let rows = try session.query(Self.detached, Self.parameters(user))
            return rows.next() ? rows.integer() : nil
        }

        private func purge(_ inbox: Int64, limit: Int) throws(StoreError) -> Int {
            var parameters = Self.parameters(inbox)
            parameters.bind(limit)
            let rows = try session.query(Self.purgeable, parameters)
            var ids: [NotificationID] = []
            while rows.next() { ids.append(rows.id()) }
            guard !ids.isEmpty else { return 0 }
            var removed = Self.parameters(inbox)
            removed.bind(PGArray(ids))
            try session.send(Self.deleteActors, removed)
            try session.send(Self.deleteRows, removed)
            return ids.count
        }

        func removeRecords(of user: UserID, limit: Int) throws(StoreError) -> Int {
            var count = 0
            for statement in Self.deletePersonal where count < limit {
                var parameters = Self.parameters(user)
                parameters.bind(limit - count)
                count += try session.query(statement, parameters).changes
            }
            return count
        }

        func renameActor(_ id: String, to alias: String, of row: NotificationID, inbox: Int64) throws(StoreError) {
            var parameters = Self.parameters(inbox)
            parameters.bind(row)
            parameters.bind(id)
            parameters.bind(alias)
            parameters.bind(Actor.someone(in: nil))
            // What was kept back may hold the actor too.
            _ = try session.query(Self.renameActor, parameters)
        }
    }
#endif
