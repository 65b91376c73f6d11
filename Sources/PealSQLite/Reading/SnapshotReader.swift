internal import PealCore
internal import PealSQL

/// Takes how many rows a list had to step over that nothing but a mark has read, and the number of their inbox.
typealias UnfoldedSink = @Sendable (_ count: Int, _ inbox: Int64) -> Void

/// One thread's connection for reading. Everything that it is asked within ``snapshot(_:)`` is answered from one state.
final class SnapshotReader: SnapshotReading {
    private let connection: SQLConnection
    let sql: ReaderStatements
    let noteUnfolded: UnfoldedSink
    let owners: OwnerStatements
    let preferences: PreferenceStatements
    let waiting: ScheduleQueries
    let groups: TopicQueries
    let outbox: DeliveryQueries

    init(path: String, noteUnfolded: @escaping UnfoldedSink) throws(StoreError) {
        self.noteUnfolded = noteUnfolded
        connection = try SQLConnection(path: path, role: .reader)
        sql = try ReaderStatements(connection)
        owners = try OwnerStatements(connection)
        preferences = try PreferenceStatements(connection)
        waiting = try ScheduleQueries(connection)
        groups = try TopicQueries(connection)
        outbox = try DeliveryQueries(connection)
    }

    func snapshot<Value>(
        _ body: (any SnapshotReading) throws(StoreError) -> Value
    ) -> Result<Value, StoreError> {
        do throws(StoreError) {
            try sql.begin.run()
            defer { if connection.isInTransaction { try? sql.end.run() } }
            return .success(try body(self))
        } catch {
            return .failure(error)
        }
    }
}

final class ReaderStatements {
    let begin: SQLStatement
    let end: SQLStatement
    let inbox: SQLStatement
    let head: SQLStatement
    let row: SQLStatement
    let position: SQLStatement
    let lists: [SQLStatement]
    let changes: SQLStatement
    let users: SQLStatement
    let recount: SQLStatement
    let profile: SQLStatement
    let keys: SQLStatement
    let revocations: SQLStatement
    let readTimes: SQLStatement
    let actors: SQLStatement
    let waking: SQLStatement
    let ending: SQLStatement
    let nextWake: SQLStatement
    let nextEnd: SQLStatement
    let oldest: SQLStatement
    let keptRows: SQLStatement
    let purgeable: SQLStatement

    init(_ connection: SQLConnection) throws(StoreError) {
        let names = NotificationColumns.names
        begin = try connection.prepare("BEGIN")
        end = try connection.prepare("COMMIT")
        inbox = try connection.prepare("SELECT \(InboxTable.columns) FROM inboxes WHERE user = ?")
        head = try connection.prepare("SELECT seq FROM inboxes WHERE user = ?")
        row = try connection.prepare("SELECT \(names) FROM notifications WHERE id = ? AND +inbox = ?")
        position = try connection.prepare("SELECT row, id FROM notifications WHERE id <= ? ORDER BY id DESC LIMIT 1")
        var lists: [SQLStatement] = []
        for _ in 0..<2 {
            lists.append(
                try connection.prepare(
                    "SELECT \(names) FROM notifications INDEXED BY notifications_list WHERE inbox = ? AND standing = ? "
                        + "AND is_read = ? AND last_event_at <= ?4 AND (last_event_at < ?4 OR row < ?5) "
                        + "ORDER BY last_event_at DESC, row DESC"))
        }
        self.lists = lists
        changes = try connection.prepare(
            "SELECT \(names) FROM notifications INDEXED BY notifications_seq WHERE inbox = ? AND seq > ? ORDER BY seq LIMIT ?"
        )
        users = try connection.prepare("SELECT user FROM inboxes WHERE user > ? ORDER BY user LIMIT ?")
        recount = try connection.prepare(
            "SELECT count(*), coalesce(sum(NOT is_seen AND unseen_seq > ?3), 0) FROM notifications "
                + "INDEXED BY notifications_list "
                + "WHERE inbox = ?1 AND standing = 0 AND is_read = 0 AND unread_seq > ?2")
        profile = try connection.prepare("SELECT \(PeopleTable.profileColumns) FROM users WHERE id = ?")
        keys = try connection.prepare(
            "SELECT \(PeopleTable.keyColumns) FROM api_keys ORDER BY row")
        revocations = try connection.prepare(
            "SELECT number, user, token, not_before, ends_at FROM revocations WHERE number > ? ORDER BY number LIMIT ?")
        readTimes = try connection.prepare(InboxTable.times)
        actors = try connection.prepare(
            "SELECT actor, name FROM notification_actors INDEXED BY notification_actors_order WHERE row = ? "
                + "ORDER BY seq DESC, actor LIMIT ? OFFSET ?")
        waking = try connection.prepare(
            "SELECT snoozed_until, user, notifications.id FROM notifications INDEXED BY notifications_wake "
                + "JOIN inboxes ON inboxes.id = inbox WHERE snoozed_until <= ? ORDER BY snoozed_until LIMIT ?")
        ending = try connection.prepare(
            "SELECT expires_at, user, notifications.id FROM notifications INDEXED BY notifications_end "
                + "JOIN inboxes ON inboxes.id = inbox WHERE expires_at <= ? AND standing <> 2 "
                + "ORDER BY expires_at LIMIT ?")
        nextWake = try connection.prepare(
            "SELECT min(snoozed_until) FROM notifications INDEXED BY notifications_wake WHERE snoozed_until > ?")
        nextEnd = try connection.prepare(
            "SELECT min(expires_at) FROM notifications INDEXED BY notifications_end "
                + "WHERE expires_at > ? AND standing <> 2")
        oldest = try connection.prepare(
            "SELECT last_event_at, row, id, seq FROM notifications INDEXED BY notifications_list WHERE inbox = ? "
                + "AND standing = ? AND is_read = ? AND last_event_at < ? ORDER BY last_event_at, row LIMIT ?")
        keptRows = try connection.prepare(
            "SELECT count(*) FROM notifications INDEXED BY notifications_list WHERE inbox = ? AND standing IN (0, 1)")
        purgeable = try connection.prepare(
            "SELECT count(*) FROM (SELECT 1 FROM notifications INDEXED BY notifications_list "
                + "WHERE inbox = ? AND standing = 2 AND updated_at < ? LIMIT ?)")
    }
}
