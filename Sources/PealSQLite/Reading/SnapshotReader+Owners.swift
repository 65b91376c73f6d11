internal import PealCore

/// The queries of ``OwnerReads``.
final class OwnerStatements {
    let typeCounts: SQLStatement
    let erasures: SQLStatement
    let rowBound: SQLStatement
    let rowTraces: SQLStatement
    let answerBound: SQLStatement
    let answerTraces: SQLStatement

    /// Rows, and answers, that one read looks at: a few milliseconds.
    static let rowStretch = 4096
    static let answerStretch = 1024

    /// By the list's index, which holds the active rows of an inbox together.
    static let typeCountsQuery = """
        SELECT type, count(*), sum(is_read = 0 AND unread_seq > ?2),
            sum(is_read = 0 AND unread_seq > ?2 AND is_seen = 0 AND unseen_seq > ?3)
        FROM notifications INDEXED BY notifications_list
        WHERE inbox = ?1 AND standing = 0 AND (?4 IS NULL OR type = ?4) GROUP BY type ORDER BY type
        """

    init(_ connection: SQLConnection) throws(StoreError) {
        typeCounts = try connection.prepare(Self.typeCountsQuery)
        erasures = try connection.prepare("SELECT \(ErasureTable.columns) FROM erasures ORDER BY user")
        rowBound = try connection.prepare(
            "SELECT row FROM notifications WHERE row > ? ORDER BY row LIMIT 1 OFFSET \(Self.rowStretch - 1)")
        rowTraces = try connection.prepare(
            """
            SELECT notifications.row, notifications.id, inboxes.user FROM notifications
                JOIN inboxes ON inboxes.id = notifications.inbox
            WHERE notifications.row > ?1 AND notifications.row <= ?2 AND (
                actor_id = ?3 OR actor2_id = ?3 OR actor3_id = ?3 OR EXISTS (
                    SELECT 1 FROM notification_actors AS others
                    WHERE others.row = notifications.row AND others.actor = ?3))
            ORDER BY notifications.row LIMIT ?4
            """)
        answerBound = try connection.prepare(
            "SELECT row FROM idempotency_keys WHERE row > ? ORDER BY row LIMIT 1 OFFSET \(Self.answerStretch - 1)")
        answerTraces = try connection.prepare(
            "SELECT row FROM idempotency_keys WHERE row > ?1 AND row <= ?2 AND instr(answer, ?3) > 0 "
                + "ORDER BY row LIMIT ?4")
    }
}

extension SnapshotReader {
    func counts(of user: UserID, type: String?) throws(StoreError) -> InboxCounts {
        let (id, inbox) = try inbox(of: user)
        guard let id else { return InboxCounts(inbox: inbox, types: []) }
        let statement = owners.typeCounts
        defer { statement.reset() }
        statement.bind(id)
        statement.bind(inbox.readMark)
        statement.bind(inbox.seenMark)
        statement.bind(type)
        var types: [TypeCounts] = []
        while try statement.next() {
            types.append(
                TypeCounts(
                    type: statement.text(), total: Int(statement.integer()), unread: Int(statement.integer()),
                    unseen: Int(statement.integer())))
        }
        return InboxCounts(inbox: inbox, types: types)
    }

    func erasures() throws(StoreError) -> [Erasure] {
        let statement = owners.erasures
        defer { statement.reset() }
        var erasures: [Erasure] = []
        while try statement.next() { erasures.append(statement.erasure()) }
        return erasures
    }

    func traces(of erasure: Erasure, limit: Int) throws(StoreError) -> ErasureTraces {
        var traces = ErasureTraces(next: erasure.position)
        if erasure.position.row != .max { try addRows(of: erasure, limit: limit, to: &traces) }
        if erasure.position.answer != .max { try addAnswers(of: erasure, limit: limit, to: &traces) }
        return traces
    }

    private func addRows(of erasure: Erasure, limit: Int, to traces: inout ErasureTraces) throws(StoreError) {
        let bound = try bound(owners.rowBound, after: erasure.position.row)
        let statement = owners.rowTraces
        defer { statement.reset() }
        statement.bind(erasure.position.row)
        statement.bind(bound)
        statement.bind(erasure.user.rawValue)
        statement.bind(limit)
        traces.next.row = bound
        while try statement.next() {
            let number = statement.integer()
            let id = statement.id()
            traces.rows.append(ErasureTraces.Row(owner: UserID(trusted: statement.text()), id: id))
            if traces.rows.count == limit { traces.next.row = number }
        }
    }

    private func addAnswers(of erasure: Erasure, limit: Int, to traces: inout ErasureTraces) throws(StoreError) {
        let bound = try bound(owners.answerBound, after: erasure.position.answer)
        let statement = owners.answerTraces
        defer { statement.reset() }
        statement.bind(erasure.position.answer)
        statement.bind(bound)
        // As an answer spells a recipient: the first of an outcome's values.
        statement.bind("[\(JSON.string(erasure.user.rawValue).text),")
        statement.bind(limit)
        traces.next.answer = bound
        while try statement.next() {
            let number = statement.integer()
            traces.answers.append(number)
            if traces.answers.count == limit { traces.next.answer = number }
        }
    }

    /// The last row of a stretch; `.max` where fewer are left.
    private func bound(_ statement: SQLStatement, after row: Int64) throws(StoreError) -> Int64 {
        defer { statement.reset() }
        statement.bind(row)
        return try statement.next() ? statement.integer() : .max
    }
}
