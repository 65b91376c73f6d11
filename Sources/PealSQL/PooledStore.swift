public import PealCore

/// A store whose reads are answered by a pool of threads.
public protocol PooledStore: Store {
    var readers: ReaderPool { get }
}

extension PooledStore {
    public func page(_ query: PageQuery) async throws(StoreError) -> InboxPage {
        try await readers.read { reader throws(StoreError) in try reader.page(query) }
    }

    public func pages(_ queries: [PageQuery]) async throws(StoreError) -> [InboxPage] {
        try await readers.read { reader throws(StoreError) in
            var pages: [InboxPage] = []
            for query in queries { pages.append(try reader.page(query)) }
            return pages
        }
    }

    public func changes(of user: UserID, after seq: Seq, limit: Int) async throws(StoreError) -> ChangePage {
        try await readers.read { reader throws(StoreError) in
            try reader.changes(of: user, after: seq, limit: limit)
        }
    }

    public func inbox(of user: UserID) async throws(StoreError) -> Inbox {
        try await readers.read { reader throws(StoreError) in try reader.counters(of: user) }
    }

    public func inboxes(of users: [UserID]) async throws(StoreError) -> [UserID: Inbox] {
        try await readers.read { reader throws(StoreError) in try reader.inboxes(of: users) }
    }

    public func heads(of users: [UserID]) async throws(StoreError) -> [UserID: Seq] {
        try await readers.read { reader throws(StoreError) in try reader.heads(of: users) }
    }

    public func notification(_ id: NotificationID, of user: UserID) async throws(StoreError) -> (Notification, Inbox) {
        try await readers.read { reader throws(StoreError) in try reader.notification(id, of: user) }
    }

    public func actors(
        of id: NotificationID, user: UserID, offset: Int, limit: Int
    ) async throws(StoreError) -> ActorPage {
        try await readers.read { reader throws(StoreError) in
            try reader.actors(of: id, user: user, offset: offset, limit: limit)
        }
    }

    public func due(at time: Timestamp, limit: Int) async throws(StoreError) -> DueRows {
        try await readers.read { reader throws(StoreError) in try reader.due(at: time, limit: limit) }
    }

    public func retention(
        of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int
    ) async throws(StoreError) -> RetentionStep {
        try await readers.read { reader throws(StoreError) in
            try reader.retention(of: user, policy, at: time, limit: limit)
        }
    }

    public func profile(of user: UserID) async throws(StoreError) -> UserProfile? {
        try await readers.read { reader throws(StoreError) in try reader.profile(of: user) }
    }

    public func keys() async throws(StoreError) -> [APIKeyRecord] {
        try await readers.read { reader throws(StoreError) in try reader.keys() }
    }

    public func revocations(after number: Int64, limit: Int) async throws(StoreError) -> [Revocation] {
        try await readers.read { reader throws(StoreError) in try reader.revocations(after: number, limit: limit) }
    }

    public func users(after user: UserID?, limit: Int) async throws(StoreError) -> [UserID] {
        try await readers.read { reader throws(StoreError) in try reader.users(after: user, limit: limit) }
    }

    public func recount(of user: UserID) async throws(StoreError) -> (stored: Inbox, counted: UnreadCounts) {
        try await readers.read { reader throws(StoreError) in try reader.recount(of: user) }
    }
}

extension PooledStore {
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

extension PooledStore {
    public func counts(of user: UserID, type: String?) async throws(StoreError) -> InboxCounts {
        try await readers.read { reader throws(StoreError) in try reader.counts(of: user, type: type) }
    }

    public func erasures() async throws(StoreError) -> [Erasure] {
        try await readers.read { reader throws(StoreError) in try reader.erasures() }
    }

    public func traces(of erasure: Erasure, limit: Int) async throws(StoreError) -> ErasureTraces {
        try await readers.read { reader throws(StoreError) in try reader.traces(of: erasure, limit: limit) }
    }
}

extension PooledStore {
    public func preferences(of user: UserID) async throws(StoreError) -> Preferences? {
        try await readers.read { reader throws(StoreError) in try reader.preferences(of: user) }
    }

    public func mutes(of user: UserID) async throws(StoreError) -> [Mute] {
        try await readers.read { reader throws(StoreError) in try reader.mutes(of: user) }
    }
}

extension PooledStore {
    public func schedules(_ query: ScheduleQuery) async throws(StoreError) -> SchedulePage {
        try await readers.read { reader throws(StoreError) in try reader.schedules(query) }
    }

    public func schedule(_ id: NotificationID) async throws(StoreError) -> Schedule? {
        try await readers.read { reader throws(StoreError) in try reader.schedule(id) }
    }

    public func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) async throws(StoreError) -> DueSchedules {
        try await readers.read { reader throws(StoreError) in
            try reader.dueSchedules(at: time, after: position, limit: limit)
        }
    }

    public func scheduleCount() async throws(StoreError) -> Int {
        try await readers.read { reader throws(StoreError) in try reader.scheduleCount() }
    }
}

extension PooledStore {
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
