#if PostgreSQL
    internal import PealCore

    /// The queries of what is on its way out of Peal.
    enum DeliveryQueries {
        static let due = PGStatement(
            "SELECT id, user_id FROM deliveries WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2")
        static let next = PGStatement("SELECT min(due_at) FROM deliveries WHERE due_at > $1")
        static let count = PGStatement("SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL")
        static let one = PGStatement("SELECT \(DeliveryTable.selection) FROM deliveries WHERE id = $1")
        static let all = PGStatement(list(""))
        static let ofUser = PGStatement(list("AND user_id = $5"))
        static let inState = PGStatement(list("AND state = $5"))
        static let preferences = PGStatement("SELECT document FROM preferences WHERE user_id = $1")

        /// What the index does not know of is looked at row by row.
        private static func list(_ condition: String) -> String {
            "SELECT \(DeliveryTable.selection) FROM deliveries WHERE id < $1 AND ($2::text IS NULL OR channel = $2) "
                + "AND ($3::text IS NULL OR state = $3) \(condition) ORDER BY id DESC LIMIT $4"
        }
    }

    extension SnapshotReader {
        func dueDeliveries(at time: Timestamp, limit: Int) throws(StoreError) -> DueDeliveries {
            var parameters = PGParameters()
            parameters.bind(time)
            parameters.bind(limit)
            let rows = try query(DeliveryQueries.due, parameters)
            var entries: [DueDeliveries.Entry] = []
            while rows.next() { entries.append(DueDeliveries.Entry(id: rows.id(), user: rows.user())) }
            return DueDeliveries(
                entries: entries, next: entries.count == limit ? nil : try next(DeliveryQueries.next, after: time))
        }

        func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? {
            let rows = try query(DeliveryQueries.one, PGParameters(id))
            return rows.next() ? try rows.delivery() : nil
        }

        func deliveries(_ query: DeliveryQuery) throws(StoreError) -> [Delivery] {
            var parameters = PGParameters(query.after ?? NotificationID(high: .max, low: .max))
            parameters.bind(query.channel?.rawValue)
            parameters.bind(query.state?.rawValue)
            parameters.bind(query.limit)
            let statement: PGStatement
            if let user = query.user {
                parameters.bind(user)
                statement = DeliveryQueries.ofUser
            } else if let state = query.state {
                parameters.bind(state.rawValue)
                statement = DeliveryQueries.inState
            } else {
                statement = DeliveryQueries.all
            }
            let rows = try self.query(statement, parameters)
            var found: [Delivery] = []
            while rows.next() { found.append(try rows.delivery()) }
            return found
        }

        func pendingDeliveryCount() throws(StoreError) -> Int { try count(DeliveryQueries.count) }

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
                delivery: delivery, rows: rows, inbox: try counters(of: user), profile: try profile(of: user),
                preferences: try preferences(of: user))
        }

        // MARK: Preferences

        func preferences(of user: UserID) throws(StoreError) -> Preferences? {
            let rows = try query(DeliveryQueries.preferences, PGParameters(user))
            return rows.next() ? Preferences(document: rows.text()) : nil
        }

        func mutes(of user: UserID) throws(StoreError) -> [Mute] {
            let rows = try queries([
                (PreferenceTable.targetMutes, PGParameters(user)), (PreferenceTable.actorMutes, PGParameters(user)),
            ])
            guard rows.count == 2 else { throw StoreError(.internalFault, "mutes were not answered") }
            return (rows[0].targetMutes() + rows[1].actorMutes()).sorted { $0.precedes($1) }
        }
    }
#endif
