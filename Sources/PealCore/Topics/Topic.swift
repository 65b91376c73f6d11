/// A named set of users to notify together. It is there as long as it has a member.
public struct Topic: Sendable, Equatable {
    /// Its name.
    public var name: TopicName
    /// How many belong to it.
    public var memberCount: Int

    /// A topic as a store shows it.
    public init(name: TopicName, memberCount: Int) {
        self.name = name
        self.memberCount = memberCount
    }
}

/// One user of a topic.
public struct TopicMember: Sendable, Equatable {
    /// Who belongs to it.
    public var user: UserID
    /// Since when. Who is added again keeps the first time.
    public var addedAt: Timestamp

    /// A member as a store shows it.
    public init(user: UserID, addedAt: Timestamp) {
        self.user = user
        self.addedAt = addedAt
    }
}

/// What is done to the members of a topic.
public enum TopicCommand: Sendable {
    /// Users that belong to it already stay as they are.
    case add(TopicName, [UserID])
    /// Users that do not belong to it are passed over.
    case remove(TopicName, [UserID])
    /// Removes so many of its members at most, whoever they are.
    case empty(TopicName, limit: Int)

    /// Memberships that it may write.
    public var weight: Int {
        switch self {
        case .add(_, let users), .remove(_, let users): max(1, users.count)
        case .empty(_, let limit): max(1, limit)
        }
    }
}

/// What a driver's transaction offers for topics.
public protocol TopicTransaction {
    /// - Returns: false where the user belongs to it already.
    mutating func addMember(_ user: UserID, to topic: TopicName) throws(StoreError) -> Bool
    /// - Returns: false where the user does not belong to it.
    mutating func removeMember(_ user: UserID, from topic: TopicName) throws(StoreError) -> Bool
    /// - Returns: how many have gone.
    mutating func removeMembers(of topic: TopicName, limit: Int) throws(StoreError) -> Int
    /// In the order of their bytes, behind one of them; only those that were added at a time or before.
    mutating func members(
        of topic: TopicName, after user: UserID?, addedBy time: Timestamp, limit: Int
    ) throws(StoreError) -> [TopicMember]
}

/// What a store answers about topics.
public protocol TopicReads: Sendable {
    /// In the order of their bytes, behind one of them.
    func topics(after name: TopicName?, limit: Int) async throws(StoreError) -> [Topic]

    /// One of them; no members where there is no such topic.
    func topic(_ name: TopicName) async throws(StoreError) -> Topic

    /// Those that a user belongs to, in the order of their bytes, behind one of them.
    func topics(of user: UserID, after name: TopicName?, limit: Int) async throws(StoreError) -> [TopicName]

    /// In the order of their bytes, behind one of them.
    func members(of topic: TopicName, after user: UserID?, limit: Int) async throws(StoreError) -> [TopicMember]

    /// Nil where there is none, or not any more.
    func fanOut(_ id: NotificationID) async throws(StoreError) -> FanOut?

    /// The newest first, behind one of them.
    func fanOuts(after id: NotificationID?, limit: Int) async throws(StoreError) -> [FanOut]

    /// Those that are under way, the oldest first.
    func runningFanOuts(limit: Int) async throws(StoreError) -> [NotificationID]
}
