public import PealCore

/// What a producer asks for, checked field by field (DESIGN §5), before anything is decided about it.
public struct EventRequest: Sendable, Equatable {
    public var type: String
    /// Without duplicates, in the order given.
    public var users: [UserID]
    /// Whose members are meant; nil where ``users`` says who is.
    public var topic: TopicName?
    /// How it may leave Peal, besides the inbox; nil for every way that its reader wants.
    public var channels: Set<DeliveryChannel>?
    public var actor: Actor?
    public var target: Event.Target?
    public var title: String?
    public var message: String?
    /// What the actor wrote, quoted by rendered texts.
    public var excerpt: String?
    /// A JSON object as text, compact.
    public var metadata: String
    public var url: String?
    public var priority: Priority
    public var group: GroupRequest
    public var expiresAt: Timestamp?
    /// When it happened, where that is not now.
    public var occurredAt: Timestamp?
    /// Whether the actor is told when it was delivered and read; nil where the type decides.
    public var receipt: Bool?
    /// When it is to be sent; nil, and a time that has come, for now.
    public var sendAt: Timestamp?

    public init(
        type: String, users: [UserID], topic: TopicName? = nil,
        channels: Set<DeliveryChannel>? = nil, actor: Actor? = nil, target: Event.Target? = nil,
        title: String? = nil,
        message: String? = nil, excerpt: String? = nil, metadata: String = "{}", url: String? = nil,
        priority: Priority = .normal, group: GroupRequest = .byType, expiresAt: Timestamp? = nil,
        occurredAt: Timestamp? = nil, receipt: Bool? = nil, sendAt: Timestamp? = nil
    ) {
        self.type = type
        self.users = users
        self.topic = topic
        self.channels = channels
        self.actor = actor
        self.target = target
        self.title = title
        self.message = message
        self.excerpt = excerpt
        self.metadata = metadata
        self.url = url
        self.priority = priority
        self.group = group
        self.expiresAt = expiresAt
        self.occurredAt = occurredAt
        self.receipt = receipt
        self.sendAt = sendAt
    }

    /// Byte limits of the fields.
    public enum Limit {
        public static let users = 1000
        public static let type = 64
        public static let actorName = 255
        public static let targetType = 50
        public static let targetID = 255
        public static let title = 255
        public static let message = 4096
        public static let excerpt = 1024
        public static let metadata = 16_384
        public static let url = 2048
        public static let groupKey = 255
    }
}

/// What a producer says about grouping.
public enum GroupRequest: Sendable, Equatable {
    /// Nothing: the type decides.
    case byType
    /// `false`: the notification stands alone.
    case never
    /// An object: the event groups, with what it sets in place of the defaults.
    case always(key: String?, window: Duration?, maximumAge: Duration?, maximumEvents: Int?)
}
