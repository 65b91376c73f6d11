/// What a producer says happened, checked and ready to be stored for each of its recipients.
public struct Event: Sendable, Equatable {
    public var type: String
    public var recipients: [Recipient]
    public var actor: Actor?
    public var target: Target?
    /// The producer's own title; nil to render one from the type.
    public var title: String?
    /// The producer's own text; nil to render one from the type. Own text is never merged unless the event asks for it.
    public var message: String?
    /// What the actor wrote, quoted by rendered texts (`Maria comentou: '…'`).
    public var excerpt: String?
    public var url: String?
    public var priority: Priority
    /// A JSON object as text, compact.
    public var metadata: String
    public var expiresAt: Timestamp?
    /// When it happened, where the producer says so: one that was retracted since is suppressed (RULES 12).
    public var occurredAt: Timestamp?
    /// Whether its actor is told when it was delivered and read.
    public var wantsReceipt: Bool
    /// What events must share to be grouped; nil where this one stands alone.
    public var groupKey: String?
    public var grouping: GroupingPolicy

    public struct Target: Sendable, Equatable {
        public var type: String
        public var id: String?

        public init(type: String, id: String?) {
            self.type = type
            self.id = id
        }
    }

    public struct Recipient: Sendable, Equatable {
        public var user: UserID
        /// Set where this user is not to be notified; then nothing is stored and the answer says why.
        public var suppression: Suppression?

        public init(_ user: UserID, suppression: Suppression? = nil) {
            self.user = user
            self.suppression = suppression
        }
    }

    public init(
        type: String, recipients: [Recipient], actor: Actor? = nil, target: Target? = nil, title: String? = nil,
        message: String? = nil, excerpt: String? = nil, url: String? = nil, priority: Priority = .normal,
        metadata: String = "{}", expiresAt: Timestamp? = nil, occurredAt: Timestamp? = nil, wantsReceipt: Bool = false,
        groupKey: String? = nil, grouping: GroupingPolicy = GroupingPolicy()
    ) {
        self.type = type
        self.recipients = recipients
        self.actor = actor
        self.target = target
        self.title = title
        self.message = message
        self.excerpt = excerpt
        self.url = url
        self.priority = priority
        self.metadata = metadata
        self.expiresAt = expiresAt
        self.occurredAt = occurredAt
        self.wantsReceipt = wantsReceipt
        self.groupKey = groupKey
        self.grouping = grouping
    }
}

/// Why a recipient got nothing.
public enum Suppression: String, Sendable, CaseIterable {
    /// Nobody is notified of their own act.
    case own = "self"
    case preference
    case expired
    /// Taken back before it arrived.
    case retracted
}

/// What became of an event for one recipient.
public struct Outcome: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case created, aggregated, suppressed
    }

    public var user: UserID
    public var kind: Kind
    /// Nil where suppressed.
    public var notificationID: NotificationID?
    /// 0 where suppressed.
    public var seq: Seq
    public var suppression: Suppression?

    public init(
        user: UserID, kind: Kind, notificationID: NotificationID? = nil, seq: Seq = 0, suppression: Suppression? = nil
    ) {
        self.user = user
        self.kind = kind
        self.notificationID = notificationID
        self.seq = seq
        self.suppression = suppression
    }
}
