internal import PealCore

/// The rows of all inboxes, as the writer reads and changes them.
final class NotificationTable {
    private let connection: SQLConnection
    private let insert: SQLStatement
    private let update: SQLStatement
    private let updateState: SQLStatement
    private let updateGroup: SQLStatement
    private let select: SQLStatement
    private let selectGroup: SQLStatement
    private let count: SQLStatement
    private let receipts: SQLStatement
    private let tombstones: SQLStatement
    private let delete: SQLStatement
    private let foldRows: SQLStatement
    private let actors: ActorTable
    private var lastNumber: Int64?
    /// The rows that this mutation has read: they say where and what an update must write.
    private var loaded: [NotificationID: (number: Int64, row: Notification)] = [:]

    init(_ connection: SQLConnection) throws(StoreError) {
        self.connection = connection
        insert = try connection.prepare(NotificationColumns.insert)
        update = try connection.prepare(NotificationColumns.update)
        updateState = try connection.prepare(NotificationColumns.updateState)
        updateGroup = try connection.prepare(NotificationColumns.updateGroup)
        select = try connection.prepare(
            "SELECT \(NotificationColumns.names) FROM notifications WHERE id = ? AND +inbox = ?")
        selectGroup = try connection.prepare(
            "SELECT \(NotificationColumns.names) FROM notifications INDEXED BY notifications_group "
                + "WHERE inbox = ? AND group_key = ? ORDER BY row DESC LIMIT 1")
        // By seq: a row that became unread above the mark has not changed below it since.
        count = try connection.prepare(
            "SELECT count(*), coalesce(sum(NOT is_seen AND unseen_seq > ?4), 0) FROM notifications "
                + "INDEXED BY notifications_seq "
                + "WHERE inbox = ?1 AND seq > ?2 AND standing = 0 AND is_read = 0 AND unread_seq > ?3")
        receipts = try connection.prepare(
            "SELECT \(NotificationColumns.names) FROM notifications INDEXED BY notifications_receipt "
                + "WHERE inbox = ? AND wants_receipt = 1 AND is_read = 0 AND standing = 0 AND unread_seq > ? "
                + "AND unread_seq <= ? ORDER BY unread_seq LIMIT 100")
        tombstones = try connection.prepare(
            "SELECT row, seq FROM notifications INDEXED BY notifications_list "
                + "WHERE inbox = ? AND standing = 2 AND updated_at < ? ORDER BY seq LIMIT ?")
        delete = try connection.prepare("DELETE FROM notifications WHERE row = ?")
        actors = try ActorTable(connection)
        foldRows = try connection.prepare(
            "UPDATE notifications SET is_read = 1, is_seen = 1, read_at = coalesce((SELECT at FROM read_marks WHERE "
                + "read_marks.inbox = notifications.inbox AND mark >= unread_seq ORDER BY mark LIMIT 1), read_at) "
                + "WHERE row IN (SELECT notifications.row FROM notifications "
                + "INDEXED BY notifications_list JOIN inboxes ON inboxes.id = notifications.inbox WHERE inbox = ? "
                + "AND standing = 0 AND is_read = 0 AND unread_seq <= read_mark LIMIT \(Self.foldStep))")
    }

    private static let foldStep = 256

    /// - Returns: whether all rows of this inbox have been folded.
    func fold(inbox: Int64) throws(StoreError) -> Bool {
        foldRows.bind(inbox)
        try foldRows.run()
        return connection.changes < Self.foldStep
    }

    func lastID() throws(StoreError) -> NotificationID? {
        let statement = try connection.prepare("SELECT id FROM notifications ORDER BY id DESC LIMIT 1")
        defer { statement.reset() }
        return try statement.next() ? statement.id() : nil
    }

    /// Begins a new mutation.
    func begin() {
        if !loaded.isEmpty { loaded.removeAll(keepingCapacity: loaded.count < 64) }
    }

    func forget() {
        loaded.removeAll()
        lastNumber = nil
    }

    func row(_ id: NotificationID, of user: UserID, inbox: Int64) throws(StoreError) -> Notification? {
        defer { select.reset() }
        select.bind(id)
        select.bind(inbox)
        return try load(select, of: user)
    }

    func newestRow(ofGroup key: String, of user: UserID, inbox: Int64) throws(StoreError) -> Notification? {
        defer { selectGroup.reset() }
        selectGroup.bind(inbox)
        selectGroup.bind(key)
        return try load(selectGroup, of: user)
    }

    private func load(_ statement: SQLStatement, of user: UserID) throws(StoreError) -> Notification? {
        guard try statement.next() else { return nil }
        let entry = statement.notification(of: user)
        loaded[entry.row.id] = entry
        return entry.row
    }

    func insert(_ row: Notification, inbox: Int64) throws(StoreError) {
        if lastNumber == nil { lastNumber = try connection.integer("SELECT max(row) FROM notifications") }
        let last = lastNumber ?? 0
        insert.bind(row, number: last + 1, inbox: inbox)
        try insert.run()
        lastNumber = last + 1
    }

    /// The row must have been read by this mutation.
    func update(_ row: Notification) throws(StoreError) {
        guard let (number, before) = loaded[row.id] else {
            throw StoreError(.internalFault, "a row was changed that had not been read")
        }
        if row.differsOnlyInState(from: before) {
            updateState.bindState(row, number: number)
            try updateState.run()
        } else {
            update.bind(row, number: number)
            try update.run()
        }
        if row.groupKey != before.groupKey {
            updateGroup.bind(row.groupKey)
            updateGroup.bind(number)
            try updateGroup.run()
        }
        loaded[row.id] = (number, row)
    }

    func addActor(_ actor: Actor, to row: Notification, at seq: Seq) throws(StoreError) -> Bool {
        try actors.add(actor, to: row, number: number(of: row), at: seq)
    }

    func removeActor(_ id: String, from row: Notification) throws(StoreError) -> [Actor] {
        try actors.remove(id, from: row, number: number(of: row))
    }

    func rows(of act: Act, inbox: Int64) throws(StoreError) -> [Notification] {
        let statement = try actors.bind(act, inbox: inbox)
        defer { statement.reset() }
        return try loadAll(statement, of: act.user)
    }

    func receipts(of user: UserID, inbox: Int64, from low: Seq, through high: Seq) throws(StoreError) -> [Notification]
    {
        defer { receipts.reset() }
        receipts.bind(inbox)
        receipts.bind(low)
        receipts.bind(high)
        return try loadAll(receipts, of: user)
    }

    /// Removes tombstones for good.
    func purge(inbox: Int64, before time: Timestamp, limit: Int) throws(StoreError) -> (count: Int, seq: Seq) {
        var rows: [Int64] = []
        var seq: Seq = 0
        tombstones.bind(inbox)
        tombstones.bind(time)
        tombstones.bind(limit)
        do {
            defer { tombstones.reset() }
            while try tombstones.next() {
                rows.append(tombstones.integer())
                seq = max(seq, tombstones.integer())
            }
        }
        for row in rows {
            try actors.removeAll(of: row)
            delete.bind(row)
            try delete.run()
        }
        return (rows.count, seq)
    }

    private func loadAll(_ statement: SQLStatement, of user: UserID) throws(StoreError) -> [Notification] {
        var rows: [Notification] = []
        while let row = try load(statement, of: user) { rows.append(row) }
        return rows
    }

    private func number(of row: Notification) throws(StoreError) -> Int64 {
        guard let number = loaded[row.id]?.number else {
            throw StoreError(.internalFault, "a row was changed that had not been read")
        }
        return number
    }

    func count(inbox: Int64, readMark: Seq, seenMark: Seq) throws(StoreError) -> UnreadCounts {
        defer { count.reset() }
        count.bind(inbox)
        count.bind(readMark)
        count.bind(readMark)
        count.bind(seenMark)
        guard try count.next() else { return UnreadCounts(unread: 0, unseen: 0) }
        return UnreadCounts(unread: Int(count.integer()), unseen: Int(count.integer()))
    }
}

extension Notification {
    /// Whether ``NotificationColumns/updateState`` writes all that has changed, apart from the group.
    fileprivate func differsOnlyInState(from before: Notification) -> Bool {
        var before = before
        before.seq = seq
        before.standing = standing
        before.isRead = isRead
        before.isSeen = isSeen
        before.unreadSeq = unreadSeq
        before.unseenSeq = unseenSeq
        before.updatedAt = updatedAt
        before.readAt = readAt
        before.archivedAt = archivedAt
        before.lastEventAt = lastEventAt
        before.snoozedUntil = snoozedUntil
        before.deliveredAt = deliveredAt
        before.groupKey = groupKey
        return before == self
    }
}
