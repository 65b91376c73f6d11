#if PostgreSQL
    internal import PealCore

    /// What is on its way out of Peal, as the writer sees it.
    final class DeliveryTable {
        static let columns =
            "id, user_id, channel, is_digest, planned_at, created_at, due_at, state, finished_at, token, failures, reason"

        /// A delivery, and what it tells of as text: ids joined by commas.
        static let selection =
            "\(columns), (SELECT string_agg(notification::text, ',' ORDER BY notification) FROM delivery_items "
            + "WHERE delivery = deliveries.id)"

        private static let insert = PGStatement(
            "INSERT INTO deliveries (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
        private static let insertItem = PGStatement(
            "INSERT INTO delivery_items (delivery, notification) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        private static let lock = PGStatement("SELECT 1::int8 FROM deliveries WHERE id = $1 FOR UPDATE")
        private static let select = PGStatement("SELECT \(selection) FROM deliveries WHERE id = $1")
        private static let update = PGStatement(
            "UPDATE deliveries SET due_at = $1, state = $2, finished_at = $3, token = $4, failures = $5, reason = $6 "
                + "WHERE id = $7")
        private static let pending = PGStatement(
            "SELECT 1::int8 FROM delivery_items JOIN deliveries ON id = delivery "
                + "WHERE notification = $1 AND channel = $2 AND due_at IS NOT NULL LIMIT 1")
        private static let digest = PGStatement(
            "SELECT id, (SELECT count(*) FROM delivery_items WHERE delivery = id) FROM deliveries WHERE user_id = $1 "
                + "AND channel = $2 AND planned_at = $3 AND is_digest AND token = 0 AND due_at IS NOT NULL LIMIT 1 FOR UPDATE"
        )
        private static let forget = PGStatement(
            "DELETE FROM deliveries WHERE id = ANY (ARRAY("
                + "SELECT id FROM deliveries WHERE finished_at < $1 ORDER BY finished_at LIMIT $2))")

        private let session: WriteSession

        init(_ session: WriteSession) {
            self.session = session
        }

        private static func parameters(_ id: NotificationID) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(id)
            return parameters
        }

        func insert(_ delivery: Delivery) throws(StoreError) {
            var parameters = Self.parameters(delivery.id)
            parameters.bind(delivery.user)
            parameters.bind(delivery.channel.rawValue)
            parameters.bind(delivery.isDigest)
            parameters.bind(delivery.plannedAt)
            parameters.bind(delivery.createdAt)
            parameters.bindProgress(of: delivery)
            try session.send(Self.insert, parameters)
            for notification in delivery.notifications { try add(notification, to: delivery.id) }
        }

        func add(_ notification: NotificationID, to id: NotificationID) throws(StoreError) {
            var parameters = Self.parameters(id)
            parameters.bind(notification)
            try session.send(Self.insertItem, parameters)
        }

        /// Locked, so that of two nodes that claim it the second finds the first's token.
        func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? {
            guard try session.query(Self.lock, Self.parameters(id)).next() else { return nil }
            let rows = try session.query(Self.select, Self.parameters(id))
            return rows.next() ? try rows.delivery() : nil
        }

        func update(_ delivery: Delivery) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bindProgress(of: delivery)
            parameters.bind(delivery.id)
            try session.send(Self.update, parameters)
        }

        func isPending(_ notification: NotificationID, on channel: DeliveryChannel) throws(StoreError) -> Bool {
            var parameters = Self.parameters(notification)
            parameters.bind(channel.rawValue)
            return try session.query(Self.pending, parameters).next()
        }

        func openDigest(
            of user: UserID, on channel: DeliveryChannel, at time: Timestamp
        ) throws(StoreError) -> (id: NotificationID, count: Int)? {
            var parameters = PGParameters()
            parameters.bind(user)
            parameters.bind(channel.rawValue)
            parameters.bind(time)
            let rows = try session.query(Self.digest, parameters)
            guard rows.next() else { return nil }
            let id = rows.id()
            return (id, Int(rows.integer()))
        }

        func forget(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
            var parameters = PGParameters()
            parameters.bind(time)
            parameters.bind(limit)
            return try session.query(Self.forget, parameters).changes
        }
    }

    extension PGParameters {
        /// The columns from `due_at` on.
        fileprivate mutating func bindProgress(of delivery: Delivery) {
            bind(delivery.dueAt)
            bind(delivery.state.rawValue)
            bind(delivery.finishedAt)
            bind(delivery.token)
            bind(delivery.failures)
            bind(delivery.reason)
        }
    }

    extension PGRows {
        /// The columns of ``DeliveryTable/selection``.
        func delivery() throws(StoreError) -> Delivery {
            let id = id()
            let user = user()
            let channel = text()
            let isDigest = flag()
            let (plannedAt, createdAt, dueAt) = (time(), time(), optionalTime())
            let state = text()
            let finishedAt = optionalTime()
            let (token, failures) = (integer(), integer())
            let reason = optionalText()
            let items = text().split(separator: ",").compactMap { NotificationID($0) }
            guard let channel = DeliveryChannel(rawValue: channel), let state = Delivery.State(rawValue: state) else {
                throw StoreError(.internalFault, "delivery \(id) cannot be read")
            }
            return Delivery(
                id: id, user: user, channel: channel, isDigest: isDigest, notifications: items, plannedAt: plannedAt,
                dueAt: dueAt, state: state, createdAt: createdAt, finishedAt: finishedAt, token: token,
                failures: Int(failures), reason: reason)
        }
    }
#endif
