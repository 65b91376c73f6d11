/// Topics and fan-outs in ``MemoryState``.
struct MemoryTopics {
    var members: [TopicName: [UserID: Timestamp]] = [:]
    var fanOuts: [NotificationID: FanOut] = [:]
    var recipients: [NotificationID: [[UserID]]] = [:]
}

extension MemoryState: TopicTransaction {
    mutating func addMember(_ user: UserID, to topic: TopicName) throws(StoreError) -> Bool {
        guard topics.members[topic]?[user] == nil else { return false }
        topics.members[topic, default: [:]][user] = now
        return true
    }

    mutating func removeMember(_ user: UserID, from topic: TopicName) throws(StoreError) -> Bool {
        let isMember = topics.members[topic]?.removeValue(forKey: user) != nil
        if topics.members[topic]?.isEmpty == true { topics.members[topic] = nil }
        return isMember
    }

    mutating func removeMembers(of topic: TopicName, limit: Int) throws(StoreError) -> Int {
        let leaving = members(of: topic, after: nil, limit: limit)
        for member in leaving { _ = try removeMember(member.user, from: topic) }
        return leaving.count
    }

    mutating func members(
        of topic: TopicName, after user: UserID?, addedBy time: Timestamp, limit: Int
    ) throws(StoreError) -> [TopicMember] {
        Array(members(of: topic, after: user, limit: .max).filter { $0.addedAt <= time }.prefix(limit))
    }

    func members(of topic: TopicName, after user: UserID?, limit: Int) -> [TopicMember] {
        let following = (topics.members[topic] ?? [:]).filter { name, _ in user.map { name > $0 } ?? true }
        return following.map { TopicMember(user: $0.key, addedAt: $0.value) }.sorted { $0.user < $1.user }
            .prefix(limit).map(\.self)
    }

    /// - Returns: how many have gone.
    mutating func removeMemberships(of user: UserID, limit: Int) throws(StoreError) -> Int {
        let joined = topics.members.filter { $0.value[user] != nil }.keys.sorted().prefix(max(0, limit))
        for topic in joined { _ = try removeMember(user, from: topic) }
        return joined.count
    }
}

extension MemoryState: FanOutTransaction {
    mutating func insertFanOut(_ fanOut: FanOut, recipients: [[UserID]]) throws(StoreError) {
        topics.fanOuts[fanOut.id] = fanOut
        if !recipients.isEmpty { topics.recipients[fanOut.id] = recipients }
    }

    mutating func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? { topics.fanOuts[id] }

    mutating func updateFanOut(_ fanOut: FanOut) throws(StoreError) {
        topics.fanOuts[fanOut.id] = fanOut
        if fanOut.state != .running { topics.recipients[fanOut.id] = nil }
    }

    mutating func nextRecipients(of id: NotificationID) throws(StoreError) -> [UserID] {
        guard let parts = topics.recipients[id], !parts.isEmpty else { return [] }
        return topics.recipients[id]?.removeFirst() ?? []
    }

    mutating func runningFanOuts(of topic: TopicName) throws(StoreError) -> [FanOut] {
        topics.fanOuts.values.filter { $0.state == .running && $0.topic == topic }.sorted { $0.id < $1.id }
    }

    mutating func fanOuts(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
        let found = topics.fanOuts.values.filter { fanOut in
            fanOut.event?.actor.map { $0.id.utf8.elementsEqual(actor.utf8) } ?? false
        }
        return Array(found.map(\.id).prefix(limit))
    }

    mutating func forgetFanOuts(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
        let old = topics.fanOuts.values.filter { fanOut in fanOut.finishedAt.map { $0 < time } ?? false }
            .sorted { $0.id < $1.id }.prefix(limit)
        for fanOut in old { topics.fanOuts[fanOut.id] = nil }
        return old.count
    }
}
