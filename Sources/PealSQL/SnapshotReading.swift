public import PealCore

/// What a thread of a SQL driver answers from one state of its database: ``Store``'s reads, without waiting for anybody.
public protocol SnapshotReading: SendableMetatype {
    /// The result of a body that sees one state, however often it asks.
    func snapshot<Value>(_ body: (any SnapshotReading) throws(StoreError) -> Value) -> Result<Value, StoreError>

    // MARK: Inbox

    func page(_ query: PageQuery) throws(StoreError) -> InboxPage
    func changes(of user: UserID, after seq: Seq, limit: Int) throws(StoreError) -> ChangePage
    func counters(of user: UserID) throws(StoreError) -> Inbox
    func inboxes(of users: [UserID]) throws(StoreError) -> [UserID: Inbox]
    func heads(of users: [UserID]) throws(StoreError) -> [UserID: Seq]
    func notification(_ id: NotificationID, of user: UserID) throws(StoreError) -> (Notification, Inbox)
    func actors(of id: NotificationID, user: UserID, offset: Int, limit: Int) throws(StoreError) -> ActorPage
    func due(at time: Timestamp, limit: Int) throws(StoreError) -> DueRows
    func retention(
        of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int
    ) throws(StoreError) -> RetentionStep
    func profile(of user: UserID) throws(StoreError) -> UserProfile?
    func keys() throws(StoreError) -> [APIKeyRecord]
    func revocations(after number: Int64, limit: Int) throws(StoreError) -> [Revocation]
    func users(after user: UserID?, limit: Int) throws(StoreError) -> [UserID]
    func recount(of user: UserID) throws(StoreError) -> (stored: Inbox, counted: UnreadCounts)

    // MARK: Deliveries

    func dueDeliveries(at time: Timestamp, limit: Int) throws(StoreError) -> DueDeliveries
    func delivery(_ id: NotificationID) throws(StoreError) -> Delivery?
    func deliveries(_ query: DeliveryQuery) throws(StoreError) -> [Delivery]
    func pendingDeliveryCount() throws(StoreError) -> Int
    func content(ofDelivery id: NotificationID) throws(StoreError) -> DeliveryContent?

    // MARK: Owners

    func counts(of user: UserID, type: String?) throws(StoreError) -> InboxCounts
    func erasures() throws(StoreError) -> [Erasure]
    func traces(of erasure: Erasure, limit: Int) throws(StoreError) -> ErasureTraces

    // MARK: Preferences

    func preferences(of user: UserID) throws(StoreError) -> Preferences?
    func mutes(of user: UserID) throws(StoreError) -> [Mute]

    // MARK: Schedules

    func schedules(_ query: ScheduleQuery) throws(StoreError) -> SchedulePage
    func schedule(_ id: NotificationID) throws(StoreError) -> Schedule?
    func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) throws(StoreError) -> DueSchedules
    func scheduleCount() throws(StoreError) -> Int

    // MARK: Topics

    func topics(after name: TopicName?, limit: Int) throws(StoreError) -> [Topic]
    func topic(_ name: TopicName) throws(StoreError) -> Topic
    func topics(of user: UserID, after name: TopicName?, limit: Int) throws(StoreError) -> [TopicName]
    func members(of topic: TopicName, after user: UserID?, limit: Int) throws(StoreError) -> [TopicMember]
    func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut?
    func fanOuts(after id: NotificationID?, limit: Int) throws(StoreError) -> [FanOut]
    func runningFanOuts(limit: Int) throws(StoreError) -> [NotificationID]
}
