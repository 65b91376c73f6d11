/// What a producer says happened, checked and ready to be stored for each of its recipients.
public struct Event: Sendable, Equatable {
    /// Such as `like`, or the app's own word.
    public var type: String
    /// Each once, in the order of the answer. Empty where ``topic`` says who they are, except for ``TopicName/online``.
    public var recipients: [Recipient]
    /// Whose members are the recipients; nil where ``recipients`` names them.
    public var topic: TopicName?
    /// How it may leave Peal, besides the inbox; nil for every way that its reader wants.
    public var channels: Set<DeliveryChannel>?
    /// Who did it; nil where nobody in particular did.
    public var actor: Actor?
    /// What it was done to.
    public var target: Target?
    /// The producer's own title; nil to render one from the type.
    public var title: String?
    /// The producer's own text; nil to render one from the type. Own text is never merged unless the event asks for it.
    public var message: String?
    /// What the actor wrote, quoted by rendered texts (`Maria comentou: '…'`).
    public var excerpt: String?
    /// Where a click leads; http, https or relative.
    public var url: String?
    /// For channels that can hurry.
    public var priority: Priority
    /// A JSON object as text, compact.
    public var metadata: String
    /// From then on it is not worth telling.
    public var expiresAt: Timestamp?
    /// When it happened, where the producer says so: one that was retracted since is suppressed (RULES 12).
    public var occurredAt: Timestamp?
    /// Whether its actor is told when it was delivered and read.
    public var wantsReceipt: Bool
    /// What events must share to be grouped; nil where this one stands alone.
    public var groupKey: String?
    /// For how long, and for how many events, the group is open.
    public var grouping: GroupingPolicy

    /// A thing of the app's, such as a post.
    public struct Target: Sendable, Equatable {
        /// The kind of thing, such as `post`.
        public var type: String
        /// The app's own id of it.
        public var id: String?

        /// A thing of this kind and id.
        public init(type: String, id: String?) {
            self.type = type
            self.id = id
        }
    }

    /// One of those who are to hear of it.
    public struct Recipient: Sendable, Equatable {
        /// Whose inbox it goes to.
        public var user: UserID
        /// Set where this user is not to be notified; then nothing is stored and the answer says why.
        public var suppression: Suppression?

        /// A user who is to be told, unless a reason against it is known already.
        public init(_ user: UserID, suppression: Suppression? = nil) {
            self.user = user
            self.suppression = suppression
        }
    }

    /// An event whose fields have been checked.
    public init(
        type: String, recipients: [Recipient], topic: TopicName? = nil,
        channels: Set<DeliveryChannel>? = nil, actor: Actor? = nil, target: Target? = nil,
        title: String? = nil,
        message: String? = nil, excerpt: String? = nil, url: String? = nil, priority: Priority = .normal,
        metadata: String = "{}", expiresAt: Timestamp? = nil, occurredAt: Timestamp? = nil, wantsReceipt: Bool = false,
        groupKey: String? = nil, grouping: GroupingPolicy = GroupingPolicy()
    ) {
        self.type = type
        self.recipients = recipients
        self.topic = topic
        self.channels = channels
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
    /// The reader does not want it: a preference, or a mute.
    case preference
    case expired
    /// Taken back before it arrived.
    case retracted
}

/// What became of an event for one recipient.
public struct Outcome: Sendable, Equatable {
    /// The word for it in answers.
    public enum Kind: String, Sendable {
        case created, aggregated, suppressed, scheduled
        /// Its members are notified one after the other.
        case accepted
    }

    /// The recipient that this is about; empty where it is about a topic.
    public var user: UserID
    /// What happened in that user's inbox.
    public var kind: Kind
    /// Nil where suppressed or scheduled.
    public var notificationID: NotificationID?
    /// 0 where suppressed or scheduled.
    public var seq: Seq
    /// Why nothing was stored; nil where something was.
    public var suppression: Suppression?
    /// Of what waits; nil where nothing does.
    public var scheduleID: NotificationID?
    /// When that is sent.
    public var sendAt: Timestamp?
    /// Of which all members are meant; nil where the outcome is about one recipient.
    public var topic: TopicName?
    /// Of what notifies them; nil where nothing does yet.
    public var fanOutID: NotificationID?

    /// An outcome as an answer tells it.
    public init(
        user: UserID, kind: Kind, notificationID: NotificationID? = nil, seq: Seq = 0, suppression: Suppression? = nil,
        scheduleID: NotificationID? = nil, sendAt: Timestamp? = nil
    ) {
        self.user = user
        self.kind = kind
        self.notificationID = notificationID
        self.seq = seq
        self.suppression = suppression
        self.scheduleID = scheduleID
        self.sendAt = sendAt
    }

    /// What became of an event for the members of a topic.
    ///
    /// - Parameters:
    ///   - fanOutID: nil where it waits for its time.
    ///   - scheduleID: nil where it is under way.
    public init(
        topic: TopicName, fanOutID: NotificationID? = nil, scheduleID: NotificationID? = nil, sendAt: Timestamp? = nil
    ) {
        self.init(
            user: UserID(trusted: ""), kind: fanOutID == nil ? .scheduled : .accepted, scheduleID: scheduleID,
            sendAt: sendAt)
        self.topic = topic
        self.fanOutID = fanOutID
    }
}
