internal import PealCore

/// One thread's connection for reading. Everything that it is asked within ``snapshot(_:)`` is answered from one state.
final class SnapshotReader {
    private let connection: SQLConnection
    let sql: ReaderStatements
    let owners: OwnerStatements
    /// Takes the number of an inbox in which many rows were read by nothing but a mark.
    let requestFold: @Sendable (Int64) -> Void

    init(path: String, requestFold: @escaping @Sendable (Int64) -> Void) throws(StoreError) {
        self.requestFold = requestFold
        connection = try SQLConnection(path: path, role: .reader)
        sql = try ReaderStatements(connection)
        owners = try OwnerStatements(connection)
    }

    func snapshot<Value>(
        _ body: (SnapshotReader) throws(StoreError) -> Value
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
    }
}
