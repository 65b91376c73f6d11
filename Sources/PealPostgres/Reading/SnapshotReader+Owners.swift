#if PostgreSQL
    internal import PealCore

    /// The queries of ``OwnerReads``.
    enum OwnerQueries {
        /// Inboxes, and answers, that one read looks through: a few milliseconds.
        static let inboxStretch = 64
        static let answerStretch = 1024

        static let typeCounts = PGStatement(
            """
            SELECT type, count(*), count(*) FILTER (WHERE NOT is_read AND unread_seq > $2),
                count(*) FILTER (WHERE NOT is_read AND unread_seq > $2 AND NOT is_seen AND unseen_seq > $3)
            FROM notifications WHERE inbox = $1 AND standing = 0 AND ($4::text IS NULL OR type = $4)
            GROUP BY type ORDER BY type COLLATE "C"
            """)
        static let erasures = PGStatement("SELECT \(ErasureTable.columns) FROM erasures ORDER BY user_id")
        static let inboxBound = PGStatement(
            "SELECT number FROM inboxes WHERE number > $1 ORDER BY number LIMIT 1 OFFSET \(inboxStretch - 1)")
        static let rowTraces = PGStatement(
            """
            SELECT i.number, n.id, i.user_id FROM inboxes AS i JOIN notifications AS n ON n.inbox = i.number
            WHERE i.number > $1 AND i.number <= $2 AND ($3 IN (actor_id, actor2_id, actor3_id) OR EXISTS (
                SELECT FROM notification_actors AS a WHERE a.inbox = n.inbox AND a.id = n.id AND a.actor = $3))
            ORDER BY i.number, n.id LIMIT $4
            """)
        static let answerBound = PGStatement(
            "SELECT number FROM idempotency_keys WHERE number > $1 ORDER BY number LIMIT 1 OFFSET \(answerStretch - 1)")
        static let answerTraces = PGStatement(
            "SELECT number FROM idempotency_keys WHERE number > $1 AND number <= $2 AND strpos(answer, $3) > 0 "
                + "ORDER BY number LIMIT $4")
    }

    extension SnapshotReader {
        func counts(of user: UserID, type: String?) throws(StoreError) -> InboxCounts {
            let (number, inbox) = try inbox(of: user)
            guard let number else { return InboxCounts(inbox: inbox, types: []) }
            var parameters = PGParameters(inbox: number)
            parameters.bind(inbox.readMark)
            parameters.bind(inbox.seenMark)
            parameters.bind(type)
            let rows = try query(OwnerQueries.typeCounts, parameters)
            var types: [TypeCounts] = []
            while rows.next() {
                types.append(
                    TypeCounts(
                        type: rows.text(), total: Int(rows.integer()), unread: Int(rows.integer()),
                        unseen: Int(rows.integer())))
            }
            return InboxCounts(inbox: inbox, types: types)
        }

        func erasures() throws(StoreError) -> [Erasure] {
            let rows = try query(OwnerQueries.erasures, .none)
            var erasures: [Erasure] = []
            while rows.next() { erasures.append(rows.erasure()) }
            return erasures
        }

        /// The position is the number of an inbox, and that of an answer.
        func traces(of erasure: Erasure, limit: Int) throws(StoreError) -> ErasureTraces {
            var traces = ErasureTraces(next: erasure.position)
            if erasure.position.row != .max { try addRows(of: erasure, limit: limit, to: &traces) }
            if erasure.position.answer != .max { try addAnswers(of: erasure, limit: limit, to: &traces) }
            return traces
        }

        private func addRows(of erasure: Erasure, limit: Int, to traces: inout ErasureTraces) throws(StoreError) {
            let bound = try bound(OwnerQueries.inboxBound, after: erasure.position.row)
            var parameters = PGParameters(inbox: erasure.position.row)
            parameters.bind(bound)
            parameters.bind(erasure.user)
            parameters.bind(limit)
            let rows = try query(OwnerQueries.rowTraces, parameters)
            traces.next.row = bound
            while rows.next() {
                let number = rows.integer()
                let id = rows.id()
                traces.rows.append(ErasureTraces.Row(owner: rows.user(), id: id))
                // The inbox may have more; those that were found have been changed by then.
                if traces.rows.count == limit { traces.next.row = number - 1 }
            }
        }

        private func addAnswers(of erasure: Erasure, limit: Int, to traces: inout ErasureTraces) throws(StoreError) {
            let bound = try bound(OwnerQueries.answerBound, after: erasure.position.answer)
            var parameters = PGParameters(inbox: erasure.position.answer)
            parameters.bind(bound)
            // As an answer spells a recipient: the first of an outcome's values.
            parameters.bind("[\(JSON.string(erasure.user.rawValue).text),")
            parameters.bind(limit)
            let rows = try query(OwnerQueries.answerTraces, parameters)
            traces.next.answer = bound
            while rows.next() {
                let number = rows.integer()
                traces.answers.append(number)
                if traces.answers.count == limit { traces.next.answer = number }
            }
        }

        /// The last of a stretch; `.max` where fewer are left.
        private func bound(_ statement: PGStatement, after number: Int64) throws(StoreError) -> Int64 {
            let rows = try query(statement, PGParameters(inbox: number))
            return rows.next() ? rows.integer() : .max
        }
    }
#endif
