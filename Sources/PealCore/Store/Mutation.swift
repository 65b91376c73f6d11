/// One request to change the store; all of it commits, or none.
public enum Mutation: Sendable {
    case ingest(Ingest)
    case inbox(InboxCommand)
    case retract(Retraction)
    /// Carries out what has become due: snoozed rows come back, others expire. Rows that are not due stay as they are.
    case settle(UserID, [NotificationID])
    /// A session took these rows over.
    case deliver(UserID, [NotificationID])
    case retain(UserID, RetentionStep)
    case profile(UserProfile)
    case addKey(APIKeyRecord)
    case revokeKey(id: String)
    case revoke(UserID, Revocation.Extent)
    case key(KeyCommand)
    case erase(ErasureCommand)
    case preferences(UserID, PreferenceCommand)
    /// Keeps a secret where there is none of that name yet.
    case secret(StoreSecret)
    case schedule(ScheduleCommand)
    case topic(TopicCommand)
    case fanOut(FanOutCommand)
    case delivery(DeliveryCommand)
}

/// Events to be stored together, once per idempotency key.
public struct Ingest: Sendable {
    /// What happened, with all its recipients.
    public var event: Event
    /// Nil where repeating it is a new event.
    public var idempotency: IdempotencyKey?
    /// When it is to be sent; nil, and a time that has come, for now.
    public var sendAt: Timestamp?

    /// One event, stored for all recipients or for none.
    public init(event: Event, idempotency: IdempotencyKey? = nil, sendAt: Timestamp? = nil) {
        self.event = event
        self.idempotency = idempotency
        self.sendAt = sendAt
    }
}

/// Names one request of one caller, so that repeating it repeats the answer (RULES 17). Kept for 24 hours.
public struct IdempotencyKey: Sendable, Hashable {
    /// The ingest path: `http`, `amqp`, `kafka`, …
    public var source: String
    /// Who asked: an API key's id, a queue, …
    public var caller: String
    /// What the caller chose, or what a queue numbers its messages with.
    public var key: String
    /// A digest of the request; the same key with another digest is a mistake of the caller.
    public var fingerprint: UInt64

    /// How long the first answer is given again.
    public static let lifetime: Duration = .seconds(86_400)

    /// A key as one caller on one path uses it.
    public init(source: String, caller: String, key: String, fingerprint: UInt64) {
        self.source = source
        self.caller = caller
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// What a user asks of their own inbox.
public struct InboxCommand: Sendable {
    /// Named rows, or all up to a point.
    public enum Kind: Sendable, Equatable {
        /// One of ``RowOperation/commands``, without `snooze`.
        case rows(RowOperation, [NotificationID])
        case snooze([NotificationID], until: Timestamp)
        case mark(Mark, upTo: Seq?)
    }

    /// Whose inbox it is.
    public var user: UserID
    /// What is to be done.
    public var kind: Kind
    /// The session that asked, and how it named its request; nil for HTTP.
    public var origin: CommandOrigin?

    /// A command of one user.
    public init(user: UserID, kind: Kind, origin: CommandOrigin? = nil) {
        self.user = user
        self.kind = kind
        self.origin = origin
    }
}

/// Lets a change find its way back to the session that asked for it, at its place in the order of changes (RULES 10).
public struct CommandOrigin: Sendable, Hashable {
    /// Unique among the sessions that live.
    public var session: UInt64
    /// The client's `id` as JSON text; empty where it gave none.
    public var requestID: String

    /// Who asked, and by which name.
    public init(session: UInt64, requestID: String) {
        self.session = session
        self.requestID = requestID
    }
}

/// What the app told about a user.
public struct UserProfile: Sendable, Equatable {
    /// Whose profile it is.
    public var user: UserID
    /// Shown in texts in place of the id.
    public var name: String?
    /// Where mail would go.
    public var email: String?
    /// A BCP 47 tag such as `pt-BR`.
    public var locale: String?
    /// An IANA name such as `America/Sao_Paulo`.
    public var timezone: String?

    /// A whole profile: what is nil is unknown.
    public init(
        user: UserID, name: String? = nil, email: String? = nil, locale: String? = nil, timezone: String? = nil
    ) {
        self.user = user
        self.name = name
        self.email = email
        self.locale = locale
        self.timezone = timezone
    }
}

/// An API key as it is kept: never the key itself.
public struct APIKeyRecord: Sendable, Equatable {
    /// Names the key in lists and logs; not secret.
    public var id: String
    /// SHA-256 of the key.
    public var digest: [UInt8]
    /// For people who look at a list of keys.
    public var label: String
    /// What the key may do.
    public var scopes: Set<String>
    /// When the key was made.
    public var createdAt: Timestamp
    /// From then on it is refused; nil while it is good.
    public var revokedAt: Timestamp?
    /// Nil for a key that may send as much as it likes.
    public var quota: KeyQuota?
    /// To about a minute; nil where it has not been used.
    public var lastUsedAt: Timestamp?

    /// A key as a store keeps it.
    public init(
        id: String, digest: [UInt8], label: String, scopes: Set<String>, createdAt: Timestamp,
        revokedAt: Timestamp? = nil, quota: KeyQuota? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.digest = digest
        self.label = label
        self.scopes = scopes
        self.createdAt = createdAt
        self.revokedAt = revokedAt
        self.quota = quota
        self.lastUsedAt = lastUsedAt
    }
}

/// The answer to a mutation, in the order in which the mutations were given.
public enum MutationAnswer: Sendable, Equatable {
    case ingest([Outcome], replayed: Bool)
    /// - rows: the changed rows, folded, in seq order; empty for a mark and where nothing changed.
    /// - count: how many rows a mark covered, or how many of the named rows changed.
    case inbox(Inbox, rows: [Notification], count: Int)
    case retracted([RetractedRow])
    /// Rows that became tombstones, and tombstones that went.
    case retained(expired: Int, purged: Int)
    case revoked(Revocation)
    /// The key after the change; nil where the command was about several.
    case key(APIKeyRecord?)
    /// - changed: how much this step removed or changed; for the last step, 1 where it was the last.
    case erasure(Erasure, changed: Int)
    /// What the user has said, after the change.
    case preferences(Preferences)
    case secret(StoreSecret)
    /// What will not be sent.
    case cancelled(Schedule)
    /// How many memberships, or fan-outs that are over, have changed.
    case topic(changed: Int)
    /// The fan-out after the change, and what became of the members of this step.
    case fanOut(FanOut, [Outcome])
    /// Deliveries after the change; of a claim, those that are the caller's now.
    case deliveries([Delivery])
    case done
}
