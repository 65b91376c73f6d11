internal import PealCore
internal import PealSQL

/// Events that wait for their time, as the writer sees them.
final class ScheduleTable {
    private let insert: SQLStatement
    private let insertRecipient: SQLStatement
    private let select: ScheduleStatements
    private let update: SQLStatement
    private let forgetActs: SQLStatement
    private let delete: SQLStatement
    private let deleteRecipients: SQLStatement
    private let deleteRecipient: SQLStatement
    private let anyRecipient: SQLStatement
    private let ofAct: SQLStatement
    private let ofUser: SQLStatement
    private let ofActor: SQLStatement
    private let connection: SQLConnection

    init(_ connection: SQLConnection) throws(StoreError) {
        self.connection = connection
        insert = try connection.prepare(
            "INSERT INTO schedules (id, send_at, created_at, actor, event) VALUES (?, ?, ?, ?, ?)")
        insertRecipient = try connection.prepare(
            "INSERT INTO schedule_recipients (schedule, position, user, send_at, act) VALUES (?, ?, ?, ?, ?)")
        select = try ScheduleStatements(connection)
        update = try connection.prepare("UPDATE schedules SET actor = ?, event = ? WHERE id = ?")
        forgetActs = try connection.prepare("UPDATE schedule_recipients SET act = NULL WHERE schedule = ?")
        delete = try connection.prepare("DELETE FROM schedules WHERE id = ?")
        deleteRecipients = try connection.prepare("DELETE FROM schedule_recipients WHERE schedule = ?")
        deleteRecipient = try connection.prepare(
            "DELETE FROM schedule_recipients INDEXED BY schedule_recipients_user "
                + "WHERE user = ?1 AND send_at = (SELECT send_at FROM schedules WHERE id = ?2) AND schedule = ?2")
        anyRecipient = try connection.prepare("SELECT 1 FROM schedule_recipients WHERE schedule = ? LIMIT 1")
        ofAct = try connection.prepare(
            "SELECT schedule FROM schedule_recipients INDEXED BY schedule_recipients_act WHERE act = ? "
                + "ORDER BY send_at, schedule")
        ofUser = try connection.prepare(
            "SELECT schedule FROM schedule_recipients INDEXED BY schedule_recipients_user WHERE user = ? LIMIT ?")
        ofActor = try connection.prepare(
            "SELECT id FROM schedules INDEXED BY schedules_actor WHERE actor = ? LIMIT ?")
    }

    func insert(_ schedule: Schedule) throws(StoreError) {
        insert.bind(schedule.id)
        insert.bind(schedule.sendAt)
        insert.bind(schedule.createdAt)
        insert.bind(schedule.event.actor?.id)
        insert.bind(schedule.event.storedText)
        try insert.run()
        for (position, recipient) in schedule.event.recipients.enumerated() {
            insertRecipient.bind(schedule.id)
            insertRecipient.bind(position)
            insertRecipient.bind(recipient.user.rawValue)
            insertRecipient.bind(schedule.sendAt)
            if let act = Act(schedule.event, for: recipient.user) {
                insertRecipient.bind(act.storedDigest)
            } else {
                insertRecipient.bindNull()
            }
            try insertRecipient.run()
        }
    }

    func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? { try select.schedule(id) }

    func setEvent(_ event: Event, of id: NotificationID) throws(StoreError) {
        update.bind(event.actor?.id)
        update.bind(event.storedText)
        update.bind(id)
        try update.run()
        forgetActs.bind(id)
        try forgetActs.run()
    }

    func removeRecipient(_ user: UserID, of id: NotificationID) throws(StoreError) -> Bool {
        deleteRecipient.bind(user.rawValue)
        deleteRecipient.bind(id)
        try deleteRecipient.run()
        defer { anyRecipient.reset() }
        anyRecipient.bind(id)
        return try anyRecipient.next()
    }

    func remove(_ id: NotificationID) throws(StoreError) -> Bool {
        delete.bind(id)
        try delete.run()
        guard connection.changes > 0 else { return false }
        deleteRecipients.bind(id)
        try deleteRecipients.run()
        return true
    }

    func ids(of act: Act) throws(StoreError) -> [NotificationID] {
        ofAct.bind(act.storedDigest)
        return try Self.ids(ofAct)
    }

    func ids(for user: UserID, limit: Int) throws(StoreError) -> [NotificationID] {
        ofUser.bind(user.rawValue)
        ofUser.bind(limit)
        return try Self.ids(ofUser)
    }

    func ids(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
        ofActor.bind(actor)
        ofActor.bind(limit)
        return try Self.ids(ofActor)
    }

    private static func ids(_ statement: SQLStatement) throws(StoreError) -> [NotificationID] {
        defer { statement.reset() }
        var ids: [NotificationID] = []
        while try statement.next() { ids.append(statement.id()) }
        return ids
    }
}

/// Reads whole schedules; the writer and each reader have their own.
final class ScheduleStatements {
    private let one: SQLStatement
    private let recipients: SQLStatement

    init(_ connection: SQLConnection) throws(StoreError) {
        one = try connection.prepare("SELECT id, send_at, created_at, event FROM schedules WHERE id = ?")
        recipients = try connection.prepare("SELECT user FROM schedule_recipients WHERE schedule = ? ORDER BY position")
    }

    func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? {
        defer { one.reset() }
        one.bind(id)
        guard try one.next() else { return nil }
        return try schedule(in: one)
    }

    /// Reads the columns id, send_at, created_at, event of the present row.
    func schedule(in statement: SQLStatement) throws(StoreError) -> Schedule {
        let id = statement.id()
        let (sendAt, createdAt) = (statement.integer(), statement.integer())
        guard let event = Event(storedText: statement.text(), recipients: try recipients(of: id)) else {
            throw StoreError(.internalFault, "schedule \(id) cannot be read")
        }
        return Schedule(
            id: id, sendAt: Timestamp(milliseconds: sendAt), createdAt: Timestamp(milliseconds: createdAt),
            event: event)
    }

    private func recipients(of id: NotificationID) throws(StoreError) -> [Event.Recipient] {
        defer { recipients.reset() }
        recipients.bind(id)
        var users: [Event.Recipient] = []
        while try recipients.next() { users.append(Event.Recipient(UserID(trusted: recipients.text()))) }
        return users
    }
}
