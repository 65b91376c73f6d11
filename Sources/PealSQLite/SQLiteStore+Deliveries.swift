public import PealCore

extension SQLiteStore {
    public func dueDeliveries(at time: Timestamp, limit: Int) async throws(StoreError) -> DueDeliveries {
        try await readers.read { reader throws(StoreError) in try reader.dueDeliveries(at: time, limit: limit) }
    }

    public func delivery(_ id: NotificationID) async throws(StoreError) -> Delivery? {
        try await readers.read { reader throws(StoreError) in try reader.delivery(id) }
    }

    public func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> [Delivery] {
        try await readers.read { reader throws(StoreError) in try reader.deliveries(query) }
    }

    public func pendingDeliveryCount() async throws(StoreError) -> Int {
        try await readers.read { reader throws(StoreError) in try reader.pendingDeliveryCount() }
    }

    public func content(ofDelivery id: NotificationID) async throws(StoreError) -> DeliveryContent? {
        try await readers.read { reader throws(StoreError) in try reader.content(ofDelivery: id) }
    }
}
