internal import PealCore

/// The distinct actors of rows that have more of them than the row itself shows.
///
/// While the sample holds all of a row's actors, they need no rows of their own.
final class ActorTable {
    private let connection: SQLConnection
    private let insert: SQLStatement
    private let renew: SQLStatement
    private let delete: SQLStatement
    private let deleteAll: SQLStatement
    private let newest: SQLStatement
    private let ofTarget: SQLStatement
    private let ofAnyTarget: SQLStatement

    init(_ connection: SQLConnection) throws(StoreError) {
        self.connection = connection
        insert = try connection.prepare(
            "INSERT OR IGNORE INTO notification_actors (row, actor, name, seq) VALUES (?, ?, ?, ?)")
        renew = try connection.prepare("UPDATE notification_actors SET name = ?, seq = ? WHERE row = ? AND actor = ?")
        delete = try connection.prepare("DELETE FROM notification_actors WHERE row = ? AND actor = ?")
        deleteAll = try connection.prepare("DELETE FROM notification_actors WHERE row = ?")
        newest = try connection.prepare(
            "SELECT actor, name FROM notification_actors INDEXED BY notification_actors_order WHERE row = ? "
                + "ORDER BY seq DESC, actor LIMIT \(Notification.actorSampleLimit)")
        let rows =
            "SELECT \(NotificationColumns.names) FROM notifications INDEXED BY notifications_act WHERE inbox = ?1 "
            + "AND type = ?2 AND actor_id IS NOT NULL AND standing <> 2 AND (?3 IN (actor_id, actor2_id, actor3_id) "
            + "OR (actor_count > \(Notification.actorSampleLimit) AND EXISTS (SELECT 1 FROM notification_actors "
            + "WHERE notification_actors.row = notifications.row AND actor = ?3)))"
        ofAnyTarget = try connection.prepare("\(rows) ORDER BY row")
        ofTarget = try connection.prepare("\(rows) AND target_type IS ?4 AND target_id IS ?5 ORDER BY row")
    }

    /// - Parameter number: the row's.
    /// - Returns: false where the actor was among them.
    func add(_ actor: Actor, to row: Notification, number: Int64, at seq: Seq) throws(StoreError) -> Bool {
        let isShown = row.actors.contains { $0.id.utf8.elementsEqual(actor.id.utf8) }
        guard row.actorCount >= Notification.actorSampleLimit else { return !isShown }
        if row.actorCount == Notification.actorSampleLimit {
            if isShown { return false }
            // Their own events came at the row's last seq or before it, in this order.
            for (index, known) in row.actors.enumerated() {
                _ = try insert(known, into: number, at: row.seq - Seq(index))
            }
        }
        if try insert(actor, into: number, at: seq) { return true }
        renew.bind(actor.name)
        renew.bind(seq)
        renew.bind(number)
        renew.bind(actor.id)
        try renew.run()
        return false
    }

    /// - Returns: the newest that are left.
    func remove(_ id: String, from row: Notification, number: Int64) throws(StoreError) -> [Actor] {
        guard row.actorCount > Notification.actorSampleLimit else {
            return row.actors.filter { !$0.id.utf8.elementsEqual(id.utf8) }
        }
        delete.bind(number)
        delete.bind(id)
        try delete.run()
        let left = try newest(of: number)
        if row.actorCount - 1 <= Notification.actorSampleLimit { try removeAll(of: number) }
        return left
    }

    func removeAll(of number: Int64) throws(StoreError) {
        deleteAll.bind(number)
        try deleteAll.run()
    }

    /// A statement that gives the rows of an act; the caller reads and resets it.
    func bind(_ act: Act, inbox: Int64) throws(StoreError) -> SQLStatement {
        let statement = act.target == .any ? ofAnyTarget : ofTarget
        statement.bind(inbox)
        statement.bind(act.type)
        statement.bind(act.actorID)
        if case .exactly(let target) = act.target {
            statement.bind(target?.type)
            statement.bind(target?.id)
        }
        return statement
    }

    private func insert(_ actor: Actor, into number: Int64, at seq: Seq) throws(StoreError) -> Bool {
        insert.bind(number)
        insert.bind(actor.id)
        insert.bind(actor.name)
        insert.bind(seq)
        try insert.run()
        return connection.changes > 0
    }

    private func newest(of number: Int64) throws(StoreError) -> [Actor] {
        defer { newest.reset() }
        newest.bind(number)
        var actors: [Actor] = []
        while try newest.next() { actors.append(Actor(id: newest.text(), name: newest.optionalText())) }
        return actors
    }
}
