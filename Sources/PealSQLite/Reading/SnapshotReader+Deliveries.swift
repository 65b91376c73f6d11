internal import PealCore

/// The queries of ``DeliveryReads``.
final class DeliveryQueries {
    let statements: DeliveryStatements
    let due: SQLStatement
    let next: SQLStatement
    let count: SQLStatement
    let all: SQLStatement
    let ofUser: SQLStatement
    let inState: SQLStatement

    static let dueQuery =
        "SELECT id, user FROM deliveries INDEXED BY deliveries_due WHERE due_at <= ? ORDER BY due_at, id LIMIT ?"
    static let allQuery = "SELECT \(DeliveryStatements.columns) FROM deliveries WHERE id < ? ORDER BY id DESC"
    static let ofUserQuery = """
        SELECT \(DeliveryStatements.columns) FROM deliveries INDEXED BY deliveries_user WHERE user = ?2 AND id < ?1
        ORDER BY id DESC
        """
    static let inStateQuery = """
        SELECT \(DeliveryStatements.columns) FROM deliveries INDEXED BY deliveries_state WHERE state = ?2 AND id < ?1
        ORDER BY id DESC
        """

    init(_ connection: SQLConnection) throws(StoreError) {
        statements = try DeliveryStatements(connection)
        due = try connection.prepare(Self.dueQuery)
        next = try connection.prepare(
            "SELECT min(due_at) FROM deliveries INDEXED BY deliveries_due WHERE due_at > ?")
        count = try connection.prepare(
            "SELECT count(*) FROM deliveries INDEXED BY deliveries_due WHERE due_at IS NOT NULL")
        all = try connection.prepare(Self.allQuery)
        ofUser = try connection.prepare(Self.ofUserQuery)
        inState = try connection.prepare(Self.inStateQuery)
    }
}

extension SnapshotReader {
    func dueDeliveries(at time: Timestamp, limit: Int) throws(StoreError) -> DueDeliveries {
        let statement = outbox.due
        defer { statement.reset() }
        statement.bind(time)
        statement.bind(limit)
        var entries: [DueDeliveries.Entry] = []
        while try statement.next() {
            let id = statement.id()
            entries.append(DueDeliveries.Entry(id: id, user: UserID(trusted: statement.text())))
        }
        return DueDeliveries(entries: entries, next: entries.count == limit ? nil : try nextDelivery(after: time))
    }

    private func nextDelivery(after time: Timestamp) throws(StoreError) -> Timestamp? {
        defer { outbox.next.reset() }
        outbox.next.bind(time)
        guard try outbox.next.next() else { return nil }
        return outbox.next.optionalInteger().map(Timestamp.init(milliseconds:))
    }

    func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? { try outbox.statements.delivery(id) }

    /// By the narrowest index; what it does not know of is looked at row by row.
    func deliveries(_ query: DeliveryQuery) throws(StoreError) -> [Delivery] {
        let statement = query.user != nil ? outbox.ofUser : query.state != nil ? outbox.inState : outbox.all
        defer { statement.reset() }
        statement.bind(query.after ?? NotificationID(high: .max, low: .max))
        if let user = query.user {
            statement.bind(user.rawValue)
        } else if let state = query.state {
            statement.bind(state.rawValue)
        }
        var found: [Delivery] = []
        while found.count < query.limit, try statement.next() {
            let delivery = try outbox.statements.delivery(in: statement)
            if query.channel.map({ $0 == delivery.channel }) ?? true, query.state.map({ $0 == delivery.state }) ?? true
            {
                found.append(delivery)
            }
        }
        return found
    }

    func pendingDeliveryCount() throws(StoreError) -> Int {
        defer { outbox.count.reset() }
        return try outbox.count.next() ? Int(outbox.count.integer()) : 0
    }

    func content(ofDelivery id: NotificationID) throws(StoreError) -> DeliveryContent? {
        guard let delivery = try delivery(id) else { return nil }
        let user = delivery.user
        var rows: [Notification] = []
        for id in delivery.notifications {
            do throws(StoreError) {
                rows.append(try notification(id, of: user).0)
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        return DeliveryContent(
            delivery: delivery, rows: rows, inbox: try inbox(of: user).inbox, profile: try profile(of: user),
            preferences: try preferences(of: user))
    }
}
