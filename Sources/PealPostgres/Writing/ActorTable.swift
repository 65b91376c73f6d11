#if PostgreSQL
    internal import PealCore

    /// The distinct actors of rows that have more of them than the row itself shows.
    ///
    /// While the sample holds all of a row's actors, they need no rows of their own.
    final class ActorTable {
        private struct Acting: Hashable {
            var row: NotificationID
            var actor: ExactText
        }

        private struct Written {
            var inbox: Int64
            var name: String?
            var seq: Seq
        }

        private static let elements: [PGArray.Element] = [.integer, .id, .text, .text, .integer]
        private static let write = PGStatement(
            "INSERT INTO notification_actors (inbox, id, actor, name, seq) SELECT * FROM \(PGColumns.unnest(elements)) "
                + "ON CONFLICT (inbox, id, actor) DO UPDATE SET name = excluded.name, seq = excluded.seq")
        private static let among = PGStatement(
            "SELECT EXISTS (SELECT FROM notification_actors WHERE inbox = $1 AND id = $2 AND actor = $3)")
        private static let delete = PGStatement(
            "DELETE FROM notification_actors WHERE inbox = $1 AND id = $2 AND actor = $3")
        private static let deleteAll = PGStatement("DELETE FROM notification_actors WHERE inbox = $1 AND id = $2")
        private static let newest = PGStatement(
            "SELECT actor, name FROM notification_actors WHERE inbox = $1 AND id = $2 "
                + "ORDER BY seq DESC, actor COLLATE \"C\" LIMIT \(Notification.actorSampleLimit)")

        private let session: WriteSession
        /// Whether an actor is among those of a row, where that is known.
        private var isAmong: [Acting: Bool] = [:]
        private var written: [Acting: Written] = [:]

        init(_ session: WriteSession) {
            self.session = session
        }

        func forget() {
            isAmong.removeAll(keepingCapacity: true)
            written.removeAll(keepingCapacity: true)
        }

        func note(_ actor: String, of row: NotificationID, isAmong known: Bool) {
            let acting = Acting(row: row, actor: ExactText(actor))
            if isAmong[acting] == nil { isAmong[acting] = known }
        }

        func flush() throws(StoreError) {
            guard !written.isEmpty else { return }
            var columns = PGColumns(Self.elements)
            for (acting, actor) in written {
                columns.bind(actor.inbox)
                columns.bind(acting.row)
                columns.bind(acting.actor.text)
                columns.bind(actor.name)
                columns.bind(actor.seq)
            }
            written.removeAll(keepingCapacity: true)
            try session.send(Self.write, columns.parameters)
        }

        /// - Returns: false where the actor was among them.
        func add(_ actor: Actor, to row: Notification, inbox: Int64, at seq: Seq) throws(StoreError) -> Bool {
            let isShown = row.actors.contains { $0.id.utf8.elementsEqual(actor.id.utf8) }
            guard row.actorCount >= Notification.actorSampleLimit else { return !isShown }
            if row.actorCount == Notification.actorSampleLimit {
                if isShown { return false }
                // Their own events came at the row's last seq or before it, in this order.
                for (index, known) in row.actors.enumerated() {
                    write(known, into: row.id, inbox: inbox, at: row.seq - Seq(index))
                }
            }
            var isNew = true
            if row.actorCount > Notification.actorSampleLimit {
                isNew = try !isAmong(actor.id, of: row.id, inbox: inbox)
            }
            write(actor, into: row.id, inbox: inbox, at: seq)
            return isNew
        }

        private func write(_ actor: Actor, into row: NotificationID, inbox: Int64, at seq: Seq) {
            let acting = Acting(row: row, actor: ExactText(actor.id))
            isAmong[acting] = true
            written[acting] = Written(inbox: inbox, name: actor.name, seq: seq)
        }

        private func isAmong(_ actor: String, of row: NotificationID, inbox: Int64) throws(StoreError) -> Bool {
            let acting = Acting(row: row, actor: ExactText(actor))
            if let known = isAmong[acting] { return known }
            let rows = try session.query(Self.among, Self.parameters(inbox, row, actor))
            let found = rows.next() && rows.flag()
            isAmong[acting] = found
            return found
        }

        /// - Returns: the newest that are left.
        func remove(_ id: String, from row: Notification, inbox: Int64) throws(StoreError) -> [Actor] {
            guard row.actorCount > Notification.actorSampleLimit else {
                return row.actors.filter { !$0.id.utf8.elementsEqual(id.utf8) }
            }
            _ = try session.query(Self.delete, Self.parameters(inbox, row.id, id))
            isAmong[Acting(row: row.id, actor: ExactText(id))] = false
            let rows = try session.query(Self.newest, Self.parameters(inbox, row.id))
            var left: [Actor] = []
            while rows.next() { left.append(Actor(id: rows.text(), name: rows.optionalText())) }
            if row.actorCount - 1 <= Notification.actorSampleLimit { try removeAll(of: row.id, inbox: inbox) }
            return left
        }

        private func removeAll(of row: NotificationID, inbox: Int64) throws(StoreError) {
            try session.send(Self.deleteAll, Self.parameters(inbox, row))
            // Whoever is left is shown, and written again with the fourth.
            isAmong = isAmong.filter { $0.key.row != row }
        }

        /// What this batch knows of a row's actors is not true any more.
        func forget(_ row: NotificationID) {
            isAmong = isAmong.filter { $0.key.row != row }
        }

        private static func parameters(_ inbox: Int64, _ row: NotificationID, _ actor: String? = nil) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(inbox)
            parameters.bind(row)
            if let actor { parameters.bind(actor) }
            return parameters
        }
    }
#endif
