/// One event on its way to the members of a topic, or one act being taken back from them, in small steps (RULES 21).
///
/// Each step notifies a few members and moves ``position`` in one transaction, so that whoever continues it, also after a
/// crash, begins where it stands: nobody is left out and nobody is notified twice. Who was added after it had begun is not
/// told, who left before their turn is not told either.
public struct FanOut: Sendable, Equatable {
    /// What is done for each member.
    public enum Kind: String, Sendable, CaseIterable {
        case notify, retract
    }

    /// Where it stands.
    public enum State: String, Sendable, CaseIterable {
        case running, finished
        /// By a caller, or by a retraction of the act that it tells of.
        case cancelled
    }

    /// What has become of members so far.
    public struct Tally: Sendable, Equatable {
        /// Members who have had their turn.
        public var members = 0
        /// Notifications that were created.
        public var created = 0
        /// Events that joined a notification.
        public var aggregated = 0
        /// Members who were not to be told.
        public var suppressed = 0
        /// Notifications that were taken back, or that one actor was taken out of.
        public var retracted = 0

        /// Nothing yet.
        public init() {}
    }

    /// Unique among fan-outs; grows with time.
    public var id: NotificationID
    /// Whose members are meant.
    public var topic: TopicName
    /// Notifying, or taking back.
    public var kind: Kind
    /// The word of the event.
    public var type: String
    /// What happened, or what is taken back; without recipients. Nil once it is over.
    public var event: Event?
    /// When it was accepted.
    public var createdAt: Timestamp
    /// When it ended; nil while it is under way.
    public var finishedAt: Timestamp?
    /// Whether it is under way.
    public var state: State
    /// The last member who has had their turn; nil before the first, and for ``TopicName/online``.
    public var position: UserID?
    /// What has become of members so far.
    public var tally: Tally

    /// Members of one step: enough that the sync of a commit does not count, few enough that nobody waits for it (RULES 14).
    public static let stepSize = 50
    /// How long one that is over can be looked at.
    public static let memory: Duration = .seconds(7 * 86_400)

    /// A fan-out as a store keeps it.
    public init(
        id: NotificationID, topic: TopicName, kind: Kind, type: String, event: Event?, createdAt: Timestamp,
        finishedAt: Timestamp? = nil, state: State = .running, position: UserID? = nil, tally: Tally = Tally()
    ) {
        self.id = id
        self.topic = topic
        self.kind = kind
        self.type = type
        self.event = event
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.state = state
        self.position = position
        self.tally = tally
    }

    /// Ends it: what it told is nobody's to read any more.
    mutating func end(_ state: State, at now: Timestamp) {
        self.state = state
        finishedAt = now
        position = nil
        event = nil
    }
}

/// What is done to a fan-out.
public enum FanOutCommand: Sendable {
    /// Takes an act back from all members, after giving up what would have told of it.
    case retract(Retraction, topic: TopicName)
    /// Does its next ``FanOut/stepSize`` members; nothing where it is over.
    case step(NotificationID)
    /// Lets nobody more hear of it. Who has heard keeps what they have.
    case cancel(NotificationID)
    /// Forgets those that ended before a time, at most so many.
    case forget(before: Timestamp, limit: Int)

    /// Rows that it may write.
    public var weight: Int {
        switch self {
        case .step: FanOut.stepSize
        case .forget(_, let limit): max(1, limit)
        case .retract, .cancel: 1
        }
    }
}

/// What a driver's transaction offers for fan-outs.
public protocol FanOutTransaction {
    /// - Parameter recipients: those of ``TopicName/online``, in parts of one step each; empty for a topic with members.
    mutating func insertFanOut(_ fanOut: FanOut, recipients: [[UserID]]) throws(StoreError)
    mutating func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut?
    /// Replaces the one of the same id. One that is over loses the recipients that are left.
    mutating func updateFanOut(_ fanOut: FanOut) throws(StoreError)
    /// Takes the next part of its recipients out.
    ///
    /// - Returns: empty where none is left.
    mutating func nextRecipients(of id: NotificationID) throws(StoreError) -> [UserID]

    /// Those of a topic that are under way.
    mutating func runningFanOuts(of topic: TopicName) throws(StoreError) -> [FanOut]
    /// Those that name an actor and are under way; no order.
    mutating func fanOuts(by actor: String, limit: Int) throws(StoreError) -> [NotificationID]
    /// - Returns: how many have gone.
    mutating func forgetFanOuts(before time: Timestamp, limit: Int) throws(StoreError) -> Int
}
