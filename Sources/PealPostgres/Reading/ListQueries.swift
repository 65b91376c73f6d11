#if PostgreSQL
    internal import PealCore

    /// A user's list, newest activity first, over the index that keeps unread, read and archived rows apart.
    ///
    /// A row that a mark has read may still lie among the unread ones, so a list of read rows is merged from both.
    enum ListQueries {
        /// `$1` inbox, `$2` and `$3` the place below which it begins, `$4` a type or null, `$5` and `$6` the marks, `$7` limit, `$8`
        /// offset.
        private static func list(_ standing: Int, _ ranges: [(isRead: Bool, condition: String)]) -> PGStatement {
            let parts = ranges.map { range in
                """
                (SELECT \(NotificationColumns.names) FROM notifications WHERE inbox = $1 AND standing = \(standing)
                AND is_read = \(range.isRead) AND (last_event_at, id) < ($2, $3) AND ($4::text IS NULL OR type = $4)
                AND $5::int8 IS NOT NULL AND $6::int8 IS NOT NULL \(range.condition)
                ORDER BY last_event_at DESC, id DESC LIMIT $7::int8 + $8::int8)
                """
            }
            return PGStatement(
                "SELECT * FROM (\(parts.joined(separator: " UNION ALL "))) AS n "
                    + "ORDER BY last_event_at DESC, id DESC LIMIT $7 OFFSET $8")
        }

        static let all = list(0, [(false, ""), (true, "")])
        static let unread = list(0, [(false, "AND unread_seq > $5")])
        static let read = list(0, [(false, "AND unread_seq <= $5"), (true, "")])
        static let unseen = list(0, [(false, "AND unread_seq > $5 AND NOT is_seen AND unseen_seq > $6")])
        static let archived = list(1, [(true, "")])
        static let snoozed = list(Standing.snoozed.rawValue, [(false, "")])
        /// Unread rows that only a mark has read, up to a limit: each list steps over them until they are folded.
        static let unfolded = PGStatement(
            """
            SELECT count(*) FROM (SELECT FROM notifications WHERE inbox = $1 AND standing = 0 AND NOT is_read
            AND unread_seq <= $2 LIMIT $3) AS found
            """)

        static func statement(for status: PageQuery.Status) -> PGStatement {
            switch status {
            case .all: all
            case .unread: unread
            case .read: read
            case .unseen: unseen
            case .archived: archived
            case .snoozed: snoozed
            }
        }
    }

    extension SnapshotReader {
        private static let foldProbe = 128

        func page(_ query: PageQuery) throws(StoreError) -> InboxPage {
            let (number, inbox) = try inboxForRows(of: query.user)
            guard let number else { return InboxPage(inbox: inbox, rows: [], hasMore: false) }
            // What a status has is known from the counters: nothing is read behind its last row.
            var limit = query.limit + 1
            if query.after == nil {
                switch query.status {
                case .unread: limit = min(limit, max(0, inbox.unreadCount - query.offset))
                case .unseen: limit = min(limit, max(0, inbox.unseenCount - query.offset))
                default: break
                }
            }
            guard limit > 0 else { return InboxPage(inbox: inbox, rows: [], hasMore: false) }
            var parameters = PGParameters(inbox: number)
            parameters.bind(query.after?.lastEventAt ?? Timestamp(milliseconds: .max))
            parameters.bind(query.after?.id ?? NotificationID(high: .max, low: .max))
            parameters.bind(query.type)
            parameters.bind(inbox.readMark)
            parameters.bind(inbox.seenMark)
            parameters.bind(limit)
            parameters.bind(query.offset)
            var statements = [(ListQueries.statement(for: query.status), parameters)]
            let steps = inbox.readMark > 0 && [.unread, .unseen, .read].contains(query.status)
            if steps {
                var probe = PGParameters(inbox: number)
                probe.bind(inbox.readMark)
                probe.bind(Self.foldProbe)
                statements.append((ListQueries.unfolded, probe))
            }
            let answers = try queries(statements)
            guard answers.count == statements.count else { throw StoreError(.internalFault, "a list was not answered") }
            var rows: [Notification] = []
            while answers[0].next() { rows.append(inbox.folded(answers[0].notification(of: query.user).row)) }
            if steps, answers[1].next() { noteUnfolded(Int(answers[1].integer()), number) }
            return InboxPage(inbox: inbox, rows: Array(rows.prefix(query.limit)), hasMore: rows.count > query.limit)
        }
    }
#endif
