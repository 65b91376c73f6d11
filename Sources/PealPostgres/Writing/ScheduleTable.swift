#if PostgreSQL
    internal import PealCore
    internal import PealSQL

    /// Events that wait for their time, as the writer sees them.
    final class ScheduleTable {
        private static let insert = PGStatement(
            "INSERT INTO schedules (id, send_at, created_at, actor, event) VALUES ($1, $2, $3, $4, $5)")
        private static let elements: [PGArray.Element] = [.id, .integer, .text, .integer, .bytes]
        private static let insertRecipients = PGStatement(
            "INSERT INTO schedule_recipients (schedule, position, user_id, send_at, act) "
                + "SELECT * FROM \(PGColumns.unnest(elements))")
        // Of two nodes that want it, the second waits, and finds what the first has left.
        private static let lock = PGStatement("SELECT 1::int8 FROM schedules WHERE id = $1 FOR UPDATE")
        private static let update = PGStatement("UPDATE schedules SET actor = $1, event = $2 WHERE id = $3")
        private static let forgetActs = PGStatement("UPDATE schedule_recipients SET act = NULL WHERE schedule = $1")
        private static let delete = PGStatement("DELETE FROM schedules WHERE id = $1")
        private static let deleteRecipients = PGStatement("DELETE FROM schedule_recipients WHERE schedule = $1")
        private static let deleteRecipient = PGStatement(
            "DELETE FROM schedule_recipients WHERE user_id = $1 AND schedule = $2 "
                + "AND send_at = (SELECT send_at FROM schedules WHERE id = $2)")
        private static let anyRecipient = PGStatement(
            "SELECT 1::int8 FROM schedule_recipients WHERE schedule = $1 LIMIT 1")
        private static let ofAct = PGStatement(
            "SELECT schedule FROM schedule_recipients WHERE act = $1 ORDER BY send_at, schedule")
        private static let ofUser = PGStatement("SELECT schedule FROM schedule_recipients WHERE user_id = $1 LIMIT $2")
        private static let ofActor = PGStatement("SELECT id FROM schedules WHERE actor = $1 LIMIT $2")

        private let session: WriteSession

        init(_ session: WriteSession) {
            self.session = session
        }

        private static func parameters(_ id: NotificationID) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(id)
            return parameters
        }

        func insert(_ schedule: Schedule) throws(StoreError) {
            var parameters = Self.parameters(schedule.id)
            parameters.bind(schedule.sendAt)
            parameters.bind(schedule.createdAt)
            parameters.bind(schedule.event.actor?.id)
            parameters.bind(schedule.event.storedText)
            try session.send(Self.insert, parameters)
            guard !schedule.event.recipients.isEmpty else { return }
            var columns = PGColumns(Self.elements)
            for (position, recipient) in schedule.event.recipients.enumerated() {
                columns.bind(schedule.id)
                columns.bind(position)
                columns.bind(recipient.user.rawValue)
                columns.bind(schedule.sendAt)
                if let act = Act(schedule.event, for: recipient.user) {
                    columns.bind(act.storedDigest)
                } else {
                    columns.bindNull()
                }
            }
            try session.send(Self.insertRecipients, columns.parameters)
        }

        func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? {
            guard try session.query(Self.lock, Self.parameters(id)).next() else { return nil }
            let rows = try session.query(ScheduleQueries.one, Self.parameters(id))
            return try rows.next() ? rows.schedule() : nil
        }

        func setEvent(_ event: Event, of id: NotificationID) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bind(event.actor?.id)
            parameters.bind(event.storedText)
            parameters.bind(id)
            try session.send(Self.update, parameters)
            try session.send(Self.forgetActs, Self.parameters(id))
        }

        func removeRecipient(_ user: UserID, of id: NotificationID) throws(StoreError) -> Bool {
            var parameters = PGParameters()
            parameters.bind(user)
            parameters.bind(id)
            try session.send(Self.deleteRecipient, parameters)
            return try session.query(Self.anyRecipient, Self.parameters(id)).next()
        }

        func remove(_ id: NotificationID) throws(StoreError) -> Bool {
            guard try session.query(Self.delete, Self.parameters(id)).changes > 0 else { return false }
            try session.send(Self.deleteRecipients, Self.parameters(id))
            return true
        }

        func ids(of act: Act) throws(StoreError) -> [NotificationID] {
            var parameters = PGParameters()
            parameters.bind(act.storedDigest)
            return try session.query(Self.ofAct, parameters).ids()
        }

        func ids(for user: UserID, limit: Int) throws(StoreError) -> [NotificationID] {
            var parameters = PGParameters()
            parameters.bind(user)
            parameters.bind(limit)
            return try session.query(Self.ofUser, parameters).ids()
        }

        func ids(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
            var parameters = PGParameters()
            parameters.bind(actor)
            parameters.bind(limit)
            return try session.query(Self.ofActor, parameters).ids()
        }
    }

    extension PGRows {
        /// The first column of all rows, as text.
        func texts() -> [String] {
            var texts: [String] = []
            while next() { texts.append(text()) }
            return texts
        }

        /// The first column of all rows.
        func ids() -> [NotificationID] {
            var ids: [NotificationID] = []
            while next() { ids.append(id()) }
            return ids
        }
    }
#endif
