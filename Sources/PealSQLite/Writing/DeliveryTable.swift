internal import PealCore

/// What is on its way out of Peal, as the writer sees it.
final class DeliveryTable {
    private let insert: SQLStatement
    private let insertItem: SQLStatement
    private let select: DeliveryStatements
    private let update: SQLStatement
    private let pending: SQLStatement
    private let digest: SQLStatement
    private let forget: SQLStatement
    private let connection: SQLConnection

    static let pendingQuery = """
        SELECT 1 FROM delivery_items INDEXED BY delivery_items_notification JOIN deliveries ON id = delivery
        WHERE notification = ? AND channel = ? AND due_at IS NOT NULL LIMIT 1
        """
    static let digestQuery = """
        SELECT id, (SELECT count(*) FROM delivery_items WHERE delivery = id)
        FROM deliveries INDEXED BY deliveries_digest
        WHERE user = ? AND channel = ? AND planned_at = ? AND is_digest = 1 AND token = 0 AND due_at IS NOT NULL LIMIT 1
        """

    init(_ connection: SQLConnection) throws(StoreError) {
        self.connection = connection
        insert = try connection.prepare(
            "INSERT INTO deliveries (\(DeliveryStatements.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertItem = try connection.prepare(
            "INSERT INTO delivery_items (delivery, notification) VALUES (?, ?) ON CONFLICT DO NOTHING")
        select = try DeliveryStatements(connection)
        update = try connection.prepare(
            "UPDATE deliveries SET due_at = ?, state = ?, finished_at = ?, token = ?, failures = ?, reason = ? WHERE id = ?"
        )
        pending = try connection.prepare(Self.pendingQuery)
        digest = try connection.prepare(Self.digestQuery)
        forget = try connection.prepare(
            "DELETE FROM deliveries WHERE row IN (SELECT row FROM deliveries INDEXED BY deliveries_end "
                + "WHERE finished_at < ? ORDER BY finished_at LIMIT ?)")
    }

    func insert(_ delivery: Delivery) throws(StoreError) {
        insert.bind(delivery.id)
        insert.bind(delivery.user.rawValue)
        insert.bind(delivery.channel.rawValue)
        insert.bind(delivery.isDigest)
        insert.bind(delivery.plannedAt)
        insert.bind(delivery.createdAt)
        insert.bindProgress(of: delivery)
        try insert.run()
        for notification in delivery.notifications { try add(notification, to: delivery.id) }
    }

    func add(_ notification: NotificationID, to id: NotificationID) throws(StoreError) {
        insertItem.bind(id)
        insertItem.bind(notification)
        try insertItem.run()
    }

    func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? { try select.delivery(id) }

    func update(_ delivery: Delivery) throws(StoreError) {
        update.bindProgress(of: delivery)
        update.bind(delivery.id)
        try update.run()
    }

    func isPending(_ notification: NotificationID, on channel: DeliveryChannel) throws(StoreError) -> Bool {
        defer { pending.reset() }
        pending.bind(notification)
        pending.bind(channel.rawValue)
        return try pending.next()
    }

    func openDigest(
        of user: UserID, on channel: DeliveryChannel, at time: Timestamp
    ) throws(StoreError) -> (id: NotificationID, count: Int)? {
        defer { digest.reset() }
        digest.bind(user.rawValue)
        digest.bind(channel.rawValue)
        digest.bind(time)
        guard try digest.next() else { return nil }
        let id = digest.id()
        return (id, Int(digest.integer()))
    }

    func forget(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
        forget.bind(time)
        forget.bind(limit)
        try forget.run()
        return connection.changes
    }
}

/// Reads whole deliveries; the writer and each reader have their own.
final class DeliveryStatements {
    static let columns =
        "id, user, channel, is_digest, planned_at, created_at, due_at, state, finished_at, token, failures, reason"

    private let one: SQLStatement
    private let items: SQLStatement

    init(_ connection: SQLConnection) throws(StoreError) {
        one = try connection.prepare("SELECT \(Self.columns) FROM deliveries WHERE id = ?")
        items = try connection.prepare(
            "SELECT notification FROM delivery_items WHERE delivery = ? ORDER BY notification")
    }

    func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? {
        defer { one.reset() }
        one.bind(id)
        return try one.next() ? try delivery(in: one) : nil
    }

    /// Reads ``columns`` of the present row.
    func delivery(in statement: SQLStatement) throws(StoreError) -> Delivery {
        let id = statement.id()
        let user = UserID(trusted: statement.text())
        let channel = statement.text()
        let isDigest = statement.flag()
        let (plannedAt, createdAt) = (statement.integer(), statement.integer())
        let dueAt = statement.optionalInteger()
        let state = statement.text()
        let finishedAt = statement.optionalInteger()
        let (token, failures) = (statement.integer(), statement.integer())
        guard let channel = DeliveryChannel(rawValue: channel), let state = Delivery.State(rawValue: state) else {
            throw StoreError(.internalFault, "delivery \(id) cannot be read")
        }
        return Delivery(
            id: id, user: user, channel: channel, isDigest: isDigest, notifications: try notifications(of: id),
            plannedAt: Timestamp(milliseconds: plannedAt), dueAt: dueAt.map(Timestamp.init(milliseconds:)),
            state: state, createdAt: Timestamp(milliseconds: createdAt),
            finishedAt: finishedAt.map(Timestamp.init(milliseconds:)), token: token, failures: Int(failures),
            reason: statement.optionalText())
    }

    private func notifications(of id: NotificationID) throws(StoreError) -> [NotificationID] {
        defer { items.reset() }
        items.bind(id)
        var ids: [NotificationID] = []
        while try items.next() { ids.append(items.id()) }
        return ids
    }
}

extension SQLStatement {
    /// The columns from `due_at` on.
    fileprivate func bindProgress(of delivery: Delivery) {
        bind(delivery.dueAt)
        bind(delivery.state.rawValue)
        bind(delivery.finishedAt)
        bind(delivery.token)
        bind(delivery.failures)
        bind(delivery.reason)
    }
}
