internal import PealCore

extension WriteTransaction: DeliveryTransaction {
    func insertDelivery(_ delivery: Delivery) throws(StoreError) { try deliveries.insert(delivery) }

    func delivery(_ id: NotificationID) throws(StoreError) -> Delivery? { try deliveries.delivery(id) }

    func updateDelivery(_ delivery: Delivery) throws(StoreError) { try deliveries.update(delivery) }

    func add(_ notification: NotificationID, toDelivery id: NotificationID) throws(StoreError) {
        try deliveries.add(notification, to: id)
    }

    func isPending(_ notification: NotificationID, on channel: DeliveryChannel) throws(StoreError) -> Bool {
        try deliveries.isPending(notification, on: channel)
    }

    func openDigest(
        of user: UserID, on channel: DeliveryChannel, at time: Timestamp
    ) throws(StoreError) -> (id: NotificationID, count: Int)? {
        try deliveries.openDigest(of: user, on: channel, at: time)
    }

    func forgetDeliveries(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
        try deliveries.forget(before: time, limit: limit)
    }
}
