public import PealCore

extension SQLiteStore {
    public func topics(after name: TopicName?, limit: Int) async throws(StoreError) -> [Topic] {
        try await readers.read { reader throws(StoreError) in try reader.topics(after: name, limit: limit) }
    }

    public func topic(_ name: TopicName) async throws(StoreError) -> Topic {
        try await readers.read { reader throws(StoreError) in try reader.topic(name) }
    }

    public func topics(of user: UserID, after name: TopicName?, limit: Int) async throws(StoreError) -> [TopicName] {
        try await readers.read { reader throws(StoreError) in
            try reader.topics(of: user, after: name, limit: limit)
        }
    }

    public func members(of topic: TopicName, after user: UserID?, limit: Int) async throws(StoreError) -> [TopicMember]
    {
        try await readers.read { reader throws(StoreError) in
            try reader.members(of: topic, after: user, limit: limit)
        }
    }

    public func fanOut(_ id: NotificationID) async throws(StoreError) -> FanOut? {
        try await readers.read { reader throws(StoreError) in try reader.fanOut(id) }
    }

    public func fanOuts(after id: NotificationID?, limit: Int) async throws(StoreError) -> [FanOut] {
        try await readers.read { reader throws(StoreError) in try reader.fanOuts(after: id, limit: limit) }
    }

    public func runningFanOuts(limit: Int) async throws(StoreError) -> [NotificationID] {
        try await readers.read { reader throws(StoreError) in try reader.runningFanOuts(limit: limit) }
    }
}
