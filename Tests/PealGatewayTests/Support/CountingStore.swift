import PealCore
import Synchronization

/// Counts what the gateway asks, by the name of the function.
final class CountingStore: Store {
    private let store: InMemoryStore
    private let counts = Mutex<[String: Int]>([:])
    private let failure = Mutex<StoreError?>(nil)
    private let isHeld = Mutex(false)

    init(_ store: InMemoryStore) { self.store = store }

    func count(_ name: String) -> Int { counts.withLock { $0[name] ?? 0 } }
    func reset() { counts.withLock { $0 = [:] } }
    func fail(_ error: StoreError?) { failure.withLock { $0 = error } }

    /// Reads of changes wait until they are let go.
    func hold(_ isHeld: Bool) { self.isHeld.withLock { $0 = isHeld } }

    private func note(_ name: String) throws(StoreError) {
        counts.withLock { $0[name, default: 0] += 1 }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    var epoch: StoreEpoch { store.epoch }

    func write(_ mutations: [Mutation]) async -> [Result<MutationAnswer, StoreError>] { await store.write(mutations) }

    func page(_ query: PageQuery) async throws(StoreError) -> InboxPage {
        try note("page")
        return try await store.page(query)
    }

    func changes(of user: UserID, after seq: Seq, limit: Int) async throws(StoreError) -> ChangePage {
        try note("changes")
        while isHeld.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(2)) }
        return try await store.changes(of: user, after: seq, limit: limit)
    }

    func inbox(of user: UserID) async throws(StoreError) -> Inbox {
        try note("inbox")
        return try await store.inbox(of: user)
    }

    func inboxes(of users: [UserID]) async throws(StoreError) -> [UserID: Inbox] {
        try note("inboxes")
        return try await store.inboxes(of: users)
    }

    func heads(of users: [UserID]) async throws(StoreError) -> [UserID: Seq] { try await store.heads(of: users) }

    func notification(_ id: NotificationID, of user: UserID) async throws(StoreError) -> (Notification, Inbox) {
        try await store.notification(id, of: user)
    }

    func profile(of user: UserID) async throws(StoreError) -> UserProfile? { try await store.profile(of: user) }
    func preferences(of user: UserID) async throws(StoreError) -> Preferences? {
        try await store.preferences(of: user)
    }

    func mutes(of user: UserID) async throws(StoreError) -> [Mute] { try await store.mutes(of: user) }

    func keys() async throws(StoreError) -> [APIKeyRecord] { try await store.keys() }

    func users(after user: UserID?, limit: Int) async throws(StoreError) -> [UserID] {
        try await store.users(after: user, limit: limit)
    }

    func recount(of user: UserID) async throws(StoreError) -> (stored: Inbox, counted: UnreadCounts) {
        try await store.recount(of: user)
    }

    func revocations(after number: Int64, limit: Int) async throws(StoreError) -> [Revocation] {
        try await store.revocations(after: number, limit: limit)
    }

    func actors(of id: NotificationID, user: UserID, offset: Int, limit: Int) async throws(StoreError) -> ActorPage {
        try await store.actors(of: id, user: user, offset: offset, limit: limit)
    }

    func due(at time: Timestamp, limit: Int) async throws(StoreError) -> DueRows {
        try await store.due(at: time, limit: limit)
    }

    func retention(
        of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int
    ) async throws(StoreError) -> RetentionStep {
        try await store.retention(of: user, policy, at: time, limit: limit)
    }

    func counts(of user: UserID, type: String?) async throws(StoreError) -> InboxCounts {
        try note("owners")
        return try await store.counts(of: user, type: type)
    }

    func erasures() async throws(StoreError) -> [Erasure] {
        try note("owners")
        return try await store.erasures()
    }

    func traces(of erasure: Erasure, limit: Int) async throws(StoreError) -> ErasureTraces {
        try note("owners")
        return try await store.traces(of: erasure, limit: limit)
    }

    func schedules(_ query: ScheduleQuery) async throws(StoreError) -> SchedulePage {
        try note("schedules")
        return try await store.schedules(query)
    }

    func schedule(_ id: NotificationID) async throws(StoreError) -> Schedule? {
        try note("schedules")
        return try await store.schedule(id)
    }

    func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) async throws(StoreError) -> DueSchedules {
        try note("schedules")
        return try await store.dueSchedules(at: time, after: position, limit: limit)
    }

    func scheduleCount() async throws(StoreError) -> Int {
        try note("schedules")
        return try await store.scheduleCount()
    }

    func close() async { await store.close() }
}

/// A bus within the process that may or may not say that it is the only one.
final class LocalBus: Bus {
    let carriesEverything: Bool
    private let bus = InProcessBus()

    init(carriesEverything: Bool) { self.carriesEverything = carriesEverything }

    func start(_ receive: @escaping PublicationSink) { bus.start(receive) }
    func publish(_ batch: [Publication]) { bus.publish(batch) }
    func join(_ user: UserID) {}
    func leave(_ user: UserID) {}
}

extension CountingStore {
    func topics(after name: TopicName?, limit: Int) async throws(StoreError) -> [Topic] {
        try note("topics")
        return try await store.topics(after: name, limit: limit)
    }

    func topic(_ name: TopicName) async throws(StoreError) -> Topic {
        try note("topics")
        return try await store.topic(name)
    }

    func topics(of user: UserID, after name: TopicName?, limit: Int) async throws(StoreError) -> [TopicName] {
        try note("topics")
        return try await store.topics(of: user, after: name, limit: limit)
    }

    func members(of topic: TopicName, after user: UserID?, limit: Int) async throws(StoreError) -> [TopicMember] {
        try note("topics")
        return try await store.members(of: topic, after: user, limit: limit)
    }

    func fanOut(_ id: NotificationID) async throws(StoreError) -> FanOut? {
        try note("topics")
        return try await store.fanOut(id)
    }

    func fanOuts(after id: NotificationID?, limit: Int) async throws(StoreError) -> [FanOut] {
        try note("topics")
        return try await store.fanOuts(after: id, limit: limit)
    }

    func runningFanOuts(limit: Int) async throws(StoreError) -> [NotificationID] {
        try note("topics")
        return try await store.runningFanOuts(limit: limit)
    }
}

extension CountingStore {
    func dueDeliveries(at time: Timestamp, limit: Int) async throws(StoreError) -> DueDeliveries {
        try note("deliveries")
        return try await store.dueDeliveries(at: time, limit: limit)
    }

    func delivery(_ id: NotificationID) async throws(StoreError) -> Delivery? {
        try note("deliveries")
        return try await store.delivery(id)
    }

    func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> [Delivery] {
        try note("deliveries")
        return try await store.deliveries(query)
    }

    func pendingDeliveryCount() async throws(StoreError) -> Int {
        try note("deliveries")
        return try await store.pendingDeliveryCount()
    }

    func content(ofDelivery id: NotificationID) async throws(StoreError) -> DeliveryContent? {
        try note("deliveries")
        return try await store.content(ofDelivery: id)
    }
}
