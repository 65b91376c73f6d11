extension InMemoryStore {
    public func topics(after name: TopicName?, limit: Int) throws(StoreError) -> [Topic] {
        try checkOpen()
        return state.topics.members.filter { topic, _ in name.map { topic > $0 } ?? true }.sorted { $0.key < $1.key }
            .prefix(limit).map { Topic(name: $0.key, memberCount: $0.value.count) }
    }

    public func topic(_ name: TopicName) throws(StoreError) -> Topic {
        try checkOpen()
        return Topic(name: name, memberCount: state.topics.members[name]?.count ?? 0)
    }

    public func topics(of user: UserID, after name: TopicName?, limit: Int) throws(StoreError) -> [TopicName] {
        try checkOpen()
        let joined = state.topics.members.filter { topic, members in
            members[user] != nil && name.map { topic > $0 } ?? true
        }
        return Array(joined.keys.sorted().prefix(limit))
    }

    public func members(of topic: TopicName, after user: UserID?, limit: Int) throws(StoreError) -> [TopicMember] {
        try checkOpen()
        return state.members(of: topic, after: user, limit: limit)
    }

    public func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? {
        try checkOpen()
        return state.topics.fanOuts[id]
    }

    public func fanOuts(after id: NotificationID?, limit: Int) throws(StoreError) -> [FanOut] {
        try checkOpen()
        let following = state.topics.fanOuts.values.filter { fanOut in id.map { fanOut.id < $0 } ?? true }
        return Array(following.sorted { $0.id > $1.id }.prefix(limit))
    }

    public func runningFanOuts(limit: Int) throws(StoreError) -> [NotificationID] {
        try checkOpen()
        return Array(state.topics.fanOuts.values.filter { $0.state == .running }.map(\.id).sorted().prefix(limit))
    }
}
