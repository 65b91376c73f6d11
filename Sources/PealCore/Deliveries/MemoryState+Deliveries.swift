extension MemoryState: DeliveryTransaction {
    mutating func insertDelivery(_ delivery: Delivery) throws(StoreError) { deliveries[delivery.id] = delivery }

    mutating func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? { deliveries[id] }

    mutating func updateDelivery(_ delivery: Delivery) throws(StoreError) {
        var delivery = delivery
        delivery.notifications = deliveries[delivery.id]?.notifications ?? delivery.notifications
        deliveries[delivery.id] = delivery
    }

    mutating func add(_ notification: NotificationID, toDelivery id: NotificationID) throws(StoreError) {
        deliveries[id]?.notifications.append(notification)
        deliveries[id]?.notifications.sort()
    }

    mutating func isPending(_ notification: NotificationID, on channel: DeliveryChannel) throws(StoreError) -> Bool {
        deliveries.values.contains { delivery in
            delivery.state == .pending && delivery.channel == channel && delivery.notifications.contains(notification)
        }
    }

    mutating func openDigest(
        of user: UserID, on channel: DeliveryChannel, at time: Timestamp
    ) throws(StoreError) -> (id: NotificationID, count: Int)? {
        deliveries.values.first { delivery in
            delivery.isDigest && delivery.user == user && delivery.channel == channel && delivery.plannedAt == time
                && delivery.state == .pending && delivery.token == 0
        }.map { ($0.id, $0.notifications.count) }
    }

    mutating func forgetDeliveries(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
        let old = deliveries.values.filter { delivery in delivery.finishedAt.map { $0 < time } ?? false }
            .sorted { $0.id < $1.id }.prefix(limit)
        for delivery in old { deliveries[delivery.id] = nil }
        return old.count
    }

    /// - Returns: how many have gone.
    mutating func removeDeliveries(of user: UserID, limit: Int) -> Int {
        let own = deliveries.values.filter { $0.user == user }.map(\.id).sorted().prefix(max(0, limit))
        for id in own { deliveries[id] = nil }
        return own.count
    }
}
