extension InMemoryStore {
    public func dueDeliveries(at time: Timestamp, limit: Int) throws(StoreError) -> DueDeliveries {
        try checkOpen()
        let pending = state.deliveries.values.compactMap { delivery in delivery.dueAt.map { ($0, delivery) } }
        let due = pending.filter { $0.0 <= time }.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }.prefix(limit)
            .map { DueDeliveries.Entry(id: $0.1.id, user: $0.1.user) }
        let next = pending.map(\.0).filter { $0 > time }.min()
        return DueDeliveries(entries: Array(due), next: due.count == limit ? nil : next)
    }

    public func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? {
        try checkOpen()
        return state.deliveries[id]
    }

    public func deliveries(_ query: DeliveryQuery) throws(StoreError) -> [Delivery] {
        try checkOpen()
        return Array(
            state.deliveries.values.filter(query.admits).sorted { $0.id > $1.id }.prefix(query.limit))
    }

    public func pendingDeliveryCount() throws(StoreError) -> Int {
        try checkOpen()
        return state.deliveries.values.count { $0.state == .pending }
    }

    public func content(ofDelivery id: NotificationID) throws(StoreError) -> DeliveryContent? {
        try checkOpen()
        guard let delivery = state.deliveries[id] else { return nil }
        let user = state.users[delivery.user]
        let inbox = user?.inbox ?? Inbox()
        let rows = delivery.notifications.compactMap { user?.rows[$0] }.map(inbox.folded)
        return DeliveryContent(
            delivery: delivery, rows: rows, inbox: inbox, profile: state.profiles[delivery.user],
            preferences: state.preferences[delivery.user])
    }
}
