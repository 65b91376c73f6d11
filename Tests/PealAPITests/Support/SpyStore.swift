import PealCore
import Synchronization

/// Counts the reads of rows, and refuses work on demand.
final class SpyStore: Store {
    private let store: InMemoryStore
    private let state = Mutex((pages: 0, failure: StoreError?.none))

    init(_ store: InMemoryStore) { self.store = store }

    var pageReads: Int { state.withLock { $0.pages } }

    func fail(with code: StoreError.Code?) {
        state.withLock { $0.failure = code.map { StoreError($0, "made up") } }
    }

    private func check() throws(StoreError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    var epoch: StoreEpoch { store.epoch }

    func write(_ mutations: [Mutation]) async -> [Result<MutationAnswer, StoreError>] {
        if let failure = state.withLock({ $0.failure }) { return mutations.map { _ in .failure(failure) } }
        return await store.write(mutations)
    }

    func page(_ query: PageQuery) async throws(StoreError) -> InboxPage {
        try check()
        state.withLock { $0.pages += 1 }
        return try await store.page(query)
    }

    func changes(of user: UserID, after seq: Seq, limit: Int) async throws(StoreError) -> ChangePage {
        try check()
        return try await store.changes(of: user, after: seq, limit: limit)
    }

    func inbox(of user: UserID) async throws(StoreError) -> Inbox {
        try check()
        return try await store.inbox(of: user)
    }

    func heads(of users: [UserID]) async throws(StoreError) -> [UserID: Seq] {
        try check()
        return try await store.heads(of: users)
    }

    func notification(_ id: NotificationID, of user: UserID) async throws(StoreError) -> (Notification, Inbox) {
        try check()
        return try await store.notification(id, of: user)
    }

    func profile(of user: UserID) async throws(StoreError) -> UserProfile? {
        try check()
        return try await store.profile(of: user)
    }

    func preferences(of user: UserID) async throws(StoreError) -> Preferences? {
        try check()
        return try await store.preferences(of: user)
    }

    func mutes(of user: UserID) async throws(StoreError) -> [Mute] {
        try check()
        return try await store.mutes(of: user)
    }

    func keys() async throws(StoreError) -> [APIKeyRecord] { try await store.keys() }

    func revocations(after number: Int64, limit: Int) async throws(StoreError) -> [Revocation] {
        try check()
        return try await store.revocations(after: number, limit: limit)
    }

    func users(after user: UserID?, limit: Int) async throws(StoreError) -> [UserID] {
        try await store.users(after: user, limit: limit)
    }

    func recount(of user: UserID) async throws(StoreError) -> (stored: Inbox, counted: UnreadCounts) {
        try await store.recount(of: user)
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
        try check()
        return try await store.counts(of: user, type: type)
    }

    func erasures() async throws(StoreError) -> [Erasure] {
        try check()
        return try await store.erasures()
    }

    func traces(of erasure: Erasure, limit: Int) async throws(StoreError) -> ErasureTraces {
        try check()
        return try await store.traces(of: erasure, limit: limit)
    }

    func schedules(_ query: ScheduleQuery) async throws(StoreError) -> SchedulePage {
        try check()
        return try await store.schedules(query)
    }

    func schedule(_ id: NotificationID) async throws(StoreError) -> Schedule? {
        try check()
        return try await store.schedule(id)
    }

    func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) async throws(StoreError) -> DueSchedules {
        try check()
        return try await store.dueSchedules(at: time, after: position, limit: limit)
    }

    func scheduleCount() async throws(StoreError) -> Int {
        try check()
        return try await store.scheduleCount()
    }

    func close() async { await store.close() }
}

extension SpyStore {
    func topics(after name: TopicName?, limit: Int) async throws(StoreError) -> [Topic] {
        try check()
        return try await store.topics(after: name, limit: limit)
    }

    func topic(_ name: TopicName) async throws(StoreError) -> Topic {
        try check()
        return try await store.topic(name)
    }

    func topics(of user: UserID, after name: TopicName?, limit: Int) async throws(StoreError) -> [TopicName] {
        try check()
        return try await store.topics(of: user, after: name, limit: limit)
    }

    func members(of topic: TopicName, after user: UserID?, limit: Int) async throws(StoreError) -> [TopicMember] {
        try check()
        return try await store.members(of: topic, after: user, limit: limit)
    }

    func fanOut(_ id: NotificationID) async throws(StoreError) -> FanOut? {
        try check()
        return try await store.fanOut(id)
    }

    func fanOuts(after id: NotificationID?, limit: Int) async throws(StoreError) -> [FanOut] {
        try check()
        return try await store.fanOuts(after: id, limit: limit)
    }

    func runningFanOuts(limit: Int) async throws(StoreError) -> [NotificationID] {
        try check()
        return try await store.runningFanOuts(limit: limit)
    }
}

extension SpyStore {
    func dueDeliveries(at time: Timestamp, limit: Int) async throws(StoreError) -> DueDeliveries {
        try check()
        return try await store.dueDeliveries(at: time, limit: limit)
    }

    func delivery(_ id: NotificationID) async throws(StoreError) -> Delivery? {
        try check()
        return try await store.delivery(id)
    }

    func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> [Delivery] {
        try check()
        return try await store.deliveries(query)
    }

    func pendingDeliveryCount() async throws(StoreError) -> Int {
        try check()
        return try await store.pendingDeliveryCount()
    }

    func content(ofDelivery id: NotificationID) async throws(StoreError) -> DeliveryContent? {
        try check()
        return try await store.content(ofDelivery: id)
    }
}
