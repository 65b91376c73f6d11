#if PostgreSQL
    internal import PealCore

    /// The rows that one batch reads and changes. They are written together, before a query that has to see them and at the end.
    final class NotificationTable {
        /// Where events of one group join.
        struct Group: Hashable {
            var inbox: Int64
            var key: ExactText
        }

        private struct Entry {
            enum State {
                case clean, fresh, changed
            }

            var inbox: Int64
            var createdSeq: Seq
            var row: Notification
            var state = State.clean
        }

        private static let insert = PGStatement(NotificationColumns.insert)
        private static let update = PGStatement(NotificationColumns.update)
        private static let select = PGStatement(
            "SELECT \(NotificationColumns.names) FROM notifications WHERE inbox = $1 AND id = $2")
        private static let selectGroup = PGStatement(
            "SELECT \(NotificationColumns.names) FROM notifications WHERE inbox = $1 AND group_key = $2 "
                + "ORDER BY created_seq DESC LIMIT 1")
        private static let selectGroups = PGStatement(
            """
            SELECT w.user_id, w.group_key, w.actor, i.number, EXISTS (
                SELECT FROM notification_actors AS a WHERE a.inbox = n.inbox AND a.id = n.id AND a.actor = w.actor),
                \(NotificationColumns.qualified)
            FROM unnest($1::text[], $2::text[], $3::text[]) AS w (user_id, group_key, actor)
            JOIN inboxes AS i USING (user_id)
            LEFT JOIN LATERAL (
                SELECT * FROM notifications WHERE inbox = i.number AND group_key = w.group_key
                ORDER BY created_seq DESC LIMIT 1) AS n ON true
            """)
        // By seq: a row that became unread above the mark has not changed below it since.
        private static let count = PGStatement(
            """
            SELECT count(*), count(*) FILTER (WHERE NOT is_seen AND unseen_seq > $3) FROM notifications
            WHERE inbox = $1 AND seq > $2 AND standing = 0 AND NOT is_read AND unread_seq > $2
            """)
        private static let receipts = PGStatement(
            """
            SELECT \(NotificationColumns.names) FROM notifications WHERE inbox = $1 AND wants_receipt AND NOT is_read
            AND standing = 0 AND unread_seq > $2 AND unread_seq <= $3 ORDER BY unread_seq LIMIT 100
            """)
        private static let tombstones = PGStatement(
            """
            SELECT id, seq FROM notifications WHERE inbox = $1 AND standing = 2 AND updated_at < $2 ORDER BY seq LIMIT $3
            """)
        private static let deleteActors = PGStatement(
            "DELETE FROM notification_actors WHERE inbox = $1 AND id = ANY ($2::uuid[])")
        private static let delete = PGStatement("DELETE FROM notifications WHERE inbox = $1 AND id = ANY ($2::uuid[])")
        private static let ofAnyTarget = PGStatement(act("ORDER BY created_seq"))
        private static let ofTarget = PGStatement(
            act("AND target_type IS NOT DISTINCT FROM $4 AND target_id IS NOT DISTINCT FROM $5 ORDER BY created_seq"))

        private static func act(_ rest: String) -> String {
            """
            SELECT \(NotificationColumns.names) FROM notifications AS n WHERE inbox = $1 AND type = $2
            AND actor_id IS NOT NULL AND standing <> 2 AND ($3 IN (actor_id, actor2_id, actor3_id)
                OR (actor_count > \(Notification.actorSampleLimit) AND EXISTS (
                    SELECT FROM notification_actors AS a WHERE a.inbox = n.inbox AND a.id = n.id AND a.actor = $3))) \(rest)
            """
        }

        private let session: WriteSession
        let actors: ActorTable
        private var entries: [NotificationID: Entry] = [:]
        private var fresh: [NotificationID] = []
        private var changed: [NotificationID] = []
        /// The newest row of a group; nil where there is none.
        private var newest: [Group: NotificationID?] = [:]

        init(_ session: WriteSession) {
            self.session = session
            actors = ActorTable(session)
        }

        func forget() {
            entries.removeAll(keepingCapacity: true)
            fresh.removeAll(keepingCapacity: true)
            changed.removeAll(keepingCapacity: true)
            newest.removeAll(keepingCapacity: true)
            actors.forget()
        }

        /// Sends what the batch has changed so far.
        func flush() throws(StoreError) {
            try flush(&fresh, Self.insert)
            try flush(&changed, Self.update)
            try actors.flush()
        }

        private func flush(_ ids: inout [NotificationID], _ statement: PGStatement) throws(StoreError) {
            guard !ids.isEmpty else { return }
            var columns = PGColumns(NotificationColumns.elements)
            for id in ids {
                guard let entry = entries[id] else { continue }
                columns.bind(entry.row, inbox: entry.inbox, createdSeq: entry.createdSeq)
                entries[id]?.state = .clean
            }
            ids.removeAll(keepingCapacity: true)
            try session.send(statement, columns.parameters)
        }
    }

    // MARK: - Groups

    extension NotificationTable {
        /// One event that may join a group.
        struct Joining {
            var user: UserID
            var key: String
            var actor: String?
        }

        /// Asks for the newest rows of groups, and whether an actor is among those of the row.
        func askGroups(_ events: [Joining]) throws(StoreError) {
            var columns = PGColumns([.text, .text, .text])
            for event in events {
                columns.bind(event.user.rawValue)
                columns.bind(event.key)
                columns.bind(event.actor)
            }
            try session.ask(Self.selectGroups, columns.parameters)
        }

        /// Takes the answers to ``askGroups(_:)``.
        func takeGroups(_ rows: PGRows) {
            while rows.next() {
                let user = rows.user()
                let key = rows.text()
                let actor = rows.optionalText()
                let number = rows.integer()
                let isAmong = rows.flag()
                let group = Group(inbox: number, key: ExactText(key))
                guard rows.isPresent else {
                    newest[group] = .some(nil)
                    continue
                }
                let (inbox, createdSeq, row) = rows.notification(of: user)
                if let actor { actors.note(actor, of: row.id, isAmong: isAmong) }
                newest[group] = row.id
                if entries[row.id] == nil { entries[row.id] = Entry(inbox: inbox, createdSeq: createdSeq, row: row) }
            }
        }

        func newestRow(ofGroup key: String, of user: UserID, inbox: Int64) throws(StoreError) -> Notification? {
            let group = Group(inbox: inbox, key: ExactText(key))
            if let known = newest[group] {
                guard let id = known else { return nil }
                // A row that was removed has left its group.
                if let row = entries[id]?.row, row.groupKey != nil { return row }
            }
            var parameters = PGParameters()
            parameters.bind(inbox)
            parameters.bind(key)
            let row = try load(session.query(Self.selectGroup, parameters), of: user).first
            newest[group] = .some(row?.id)
            return row
        }
    }

    // MARK: - Rows

    extension NotificationTable {
        func row(_ id: NotificationID, of user: UserID, inbox: Int64) throws(StoreError) -> Notification? {
            if let entry = entries[id] { return entry.inbox == inbox ? entry.row : nil }
            var parameters = PGParameters()
            parameters.bind(inbox)
            parameters.bind(id)
            return try load(session.query(Self.select, parameters), of: user).first
        }

        func insert(_ row: Notification, inbox: Int64) {
            entries[row.id] = Entry(inbox: inbox, createdSeq: row.seq, row: row, state: .fresh)
            fresh.append(row.id)
            if let key = row.groupKey { newest[Group(inbox: inbox, key: ExactText(key))] = row.id }
        }

        /// The row must have been read in this batch.
        func update(_ row: Notification) throws(StoreError) {
            guard let entry = entries[row.id] else { throw Self.unread }
            entries[row.id]?.row = row
            guard entry.state == .clean else { return }
            entries[row.id]?.state = .changed
            changed.append(row.id)
        }

        /// The inbox of a row that was read in this batch.
        func inbox(of id: NotificationID) throws(StoreError) -> Int64 {
            guard let entry = entries[id] else { throw Self.unread }
            return entry.inbox
        }

        private static var unread: StoreError { StoreError(.internalFault, "a row was changed that had not been read") }

        func rows(of act: Act, inbox: Int64) throws(StoreError) -> [Notification] {
            var parameters = PGParameters()
            parameters.bind(inbox)
            parameters.bind(act.type)
            parameters.bind(act.actorID)
            guard case .exactly(let target) = act.target else {
                return try load(session.query(Self.ofAnyTarget, parameters), of: act.user)
            }
            parameters.bind(target?.type)
            parameters.bind(target?.id)
            return try load(session.query(Self.ofTarget, parameters), of: act.user)
        }

        func receipts(
            of user: UserID, inbox: Int64, from low: Seq, through high: Seq
        ) throws(StoreError) -> [Notification] {
            var parameters = PGParameters()
            parameters.bind(inbox)
            parameters.bind(low)
            parameters.bind(high)
            return try load(session.query(Self.receipts, parameters), of: user)
        }

        /// Removes tombstones for good.
        func purge(inbox: Int64, before time: Timestamp, limit: Int) throws(StoreError) -> (count: Int, seq: Seq) {
            var parameters = PGParameters()
            parameters.bind(inbox)
            parameters.bind(time)
            parameters.bind(limit)
            let found = try session.query(Self.tombstones, parameters)
            var ids: [NotificationID] = []
            var seq: Seq = 0
            while found.next() {
                ids.append(found.id())
                seq = max(seq, found.integer())
            }
            guard !ids.isEmpty else { return (0, 0) }
            var removed = PGParameters()
            removed.bind(inbox)
            removed.bind(PGArray(ids))
            try session.send(Self.deleteActors, removed)
            try session.send(Self.delete, removed)
            for id in ids { entries[id] = nil }
            return (ids.count, seq)
        }

        func count(inbox: Int64, readMark: Seq, seenMark: Seq) throws(StoreError) -> UnreadCounts {
            var parameters = PGParameters()
            parameters.bind(inbox)
            parameters.bind(readMark)
            parameters.bind(seenMark)
            let rows = try session.query(Self.count, parameters)
            guard rows.next() else { return UnreadCounts(unread: 0, unseen: 0) }
            return UnreadCounts(unread: Int(rows.integer()), unseen: Int(rows.integer()))
        }

        /// What a query that saw all changes of the batch has found.
        private func load(_ rows: PGRows, of user: UserID) -> [Notification] {
            var found: [Notification] = []
            while rows.next() {
                let (inbox, createdSeq, row) = rows.notification(of: user)
                if entries[row.id] == nil { entries[row.id] = Entry(inbox: inbox, createdSeq: createdSeq, row: row) }
                found.append(entries[row.id]?.row ?? row)
            }
            return found
        }
    }
#endif
