/// Something on its way out of Peal: one notification, or several as a digest, by push or by e-mail (DESIGN §1, outbox).
///
/// It is written in the transaction that makes the notification, and sent afterwards if there is still something unread. What
/// leaves Peal leaves it at least once; whoever carries it tells repetitions apart by ``id`` (RULES 19).
public struct Delivery: Sendable, Equatable {
    /// Where it stands.
    public enum State: String, Sendable, CaseIterable {
        case pending
        case sent
        /// There was nothing to tell any more.
        case skipped
        /// Given up after too many attempts, or refused for good.
        case failed

        /// `pending, sent, …`, for people.
        public static let list = allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// Unique among deliveries, the same for every attempt.
    public var id: NotificationID
    /// Who is to be reached.
    public var user: UserID
    /// How; never ``DeliveryChannel/inApp``.
    public var channel: DeliveryChannel
    /// Whether it gathers what comes until its time.
    public var isDigest: Bool
    /// What it tells of, the oldest first; at most ``itemLimit``.
    public var notifications: [NotificationID]
    /// When it was to be sent.
    public var plannedAt: Timestamp
    /// When somebody is to look at it next: its time, the next attempt, or the end of a claim. Nil once it is over.
    public var dueAt: Timestamp?
    /// Where it stands.
    public var state: State
    /// When it was made.
    public var createdAt: Timestamp
    /// When it ended; nil while it is pending.
    public var finishedAt: Timestamp?
    /// Fences off whoever claimed it before: only the holder of the last one may say what became of it. 0: never claimed.
    public var token: Int64
    /// Attempts that have failed.
    public var failures: Int
    /// Why it was skipped or failed, or what the last attempt said.
    public var reason: String?

    /// What one digest gathers at most; further notifications are counted by what is unread.
    public static let itemLimit = 200

    /// A delivery as a store keeps it.
    public init(
        id: NotificationID, user: UserID, channel: DeliveryChannel, isDigest: Bool, notifications: [NotificationID],
        plannedAt: Timestamp, dueAt: Timestamp?, state: State = .pending, createdAt: Timestamp,
        finishedAt: Timestamp? = nil, token: Int64 = 0, failures: Int = 0, reason: String? = nil
    ) {
        self.id = id
        self.user = user
        self.channel = channel
        self.isDigest = isDigest
        self.notifications = notifications
        self.plannedAt = plannedAt
        self.dueAt = dueAt
        self.state = state
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.token = token
        self.failures = failures
        self.reason = reason
    }

    /// Ends it.
    mutating func end(_ state: State, reason: String?, at now: Timestamp) {
        self.state = state
        self.reason = reason
        finishedAt = now
        dueAt = nil
    }
}

/// What is done to deliveries.
public enum DeliveryCommand: Sendable {
    /// Takes those that are due; nobody else gets them before a moment.
    case claim([NotificationID], until: Timestamp)
    /// Says what became of one that was claimed.
    ///
    /// - Throws: `conflict` where somebody else has claimed it since, or it is over.
    case complete(NotificationID, token: Int64, DeliveryOutcome)
    /// Sends one that failed or was skipped after all, at once.
    case retry(NotificationID)
    /// Forgets those that ended before a time, at most so many.
    case forget(before: Timestamp, limit: Int)

    /// Rows that it may write.
    public var weight: Int {
        switch self {
        case .claim(let ids, _): max(1, ids.count)
        case .complete, .retry: 1
        case .forget(_, let limit): max(1, limit)
        }
    }
}

/// What became of an attempt.
public enum DeliveryOutcome: Sendable, Equatable {
    case sent
    /// There was nothing to tell any more.
    case skipped(reason: String)
    /// It will not be tried again.
    case failed(reason: String)
    /// It is tried again at a time. Without a reason nothing has failed: the reader is not to be disturbed until then.
    case later(Timestamp, reason: String?)
}

/// What a driver's transaction offers for deliveries.
public protocol DeliveryTransaction {
    mutating func insertDelivery(_ delivery: Delivery) throws(StoreError)
    mutating func delivery(_ id: NotificationID) throws(StoreError) -> Delivery?
    /// Replaces the one of the same id, but not what it tells of.
    mutating func updateDelivery(_ delivery: Delivery) throws(StoreError)
    /// Adds to what it tells of.
    mutating func add(_ notification: NotificationID, toDelivery id: NotificationID) throws(StoreError)

    /// Whether one is pending that tells of this notification.
    mutating func isPending(_ notification: NotificationID, on channel: DeliveryChannel) throws(StoreError) -> Bool
    /// The digest of that time that nobody has claimed yet, and how much it gathers.
    mutating func openDigest(
        of user: UserID, on channel: DeliveryChannel, at time: Timestamp
    ) throws(StoreError) -> (id: NotificationID, count: Int)?
    /// - Returns: how many have gone.
    mutating func forgetDeliveries(before time: Timestamp, limit: Int) throws(StoreError) -> Int
}

/// What a store answers about deliveries.
public protocol DeliveryReads: Sendable {
    /// Those that somebody is to look at, the most overdue first, and when the next one's time comes.
    func dueDeliveries(at time: Timestamp, limit: Int) async throws(StoreError) -> DueDeliveries

    /// Nil where there is none, or not any more.
    func delivery(_ id: NotificationID) async throws(StoreError) -> Delivery?

    /// The newest first.
    func deliveries(_ query: DeliveryQuery) async throws(StoreError) -> [Delivery]

    /// How many are pending.
    func pendingDeliveryCount() async throws(StoreError) -> Int

    /// What one has to tell, from one snapshot; nil where there is none.
    func content(ofDelivery id: NotificationID) async throws(StoreError) -> DeliveryContent?
}

/// Deliveries whose time has come, and when the next one's does.
public struct DueDeliveries: Sendable, Equatable {
    /// One whose time has come, and whose it is.
    public struct Entry: Sendable, Equatable {
        /// The delivery.
        public var id: NotificationID
        /// Who is to be reached.
        public var user: UserID

        /// A delivery of a user.
        public init(id: NotificationID, user: UserID) {
            self.id = id
            self.user = user
        }
    }

    /// The most overdue first.
    public var entries: [Entry]
    /// The nearest time after now; nil where there is none, or where as many are due as were asked for.
    public var next: Timestamp?

    /// What is due, and when to look again.
    public init(entries: [Entry], next: Timestamp?) {
        self.entries = entries
        self.next = next
    }

    /// The same without their users.
    public var ids: [NotificationID] { entries.map(\.id) }
}

/// Which deliveries are shown.
public struct DeliveryQuery: Sendable, Equatable {
    /// Only those of this user; nil for all.
    public var user: UserID?
    /// Only those of this channel; nil for all.
    public var channel: DeliveryChannel?
    /// Only those in this state; nil for all.
    public var state: Delivery.State?
    /// Behind this one; nil for the first page.
    public var after: NotificationID?
    /// Deliveries at most.
    public var limit: Int

    /// The newest fifty of all, unless something else is asked for.
    public init(
        user: UserID? = nil, channel: DeliveryChannel? = nil, state: Delivery.State? = nil,
        after: NotificationID? = nil, limit: Int = 50
    ) {
        self.user = user
        self.channel = channel
        self.state = state
        self.after = after
        self.limit = limit
    }

    func admits(_ delivery: Delivery) -> Bool {
        (user.map { $0 == delivery.user } ?? true) && (channel.map { $0 == delivery.channel } ?? true)
            && (state.map { $0 == delivery.state } ?? true) && (after.map { delivery.id < $0 } ?? true)
    }
}

/// A delivery with everything that its text is made from, as it stood at one moment.
public struct DeliveryContent: Sendable, Equatable {
    /// What is to be sent.
    public var delivery: Delivery
    /// Its notifications that are there, folded, the oldest first.
    public var rows: [Notification]
    /// The counters of the user.
    public var inbox: Inbox
    /// Nil for a user about whom nothing was told.
    public var profile: UserProfile?
    /// Nil for a user who has said nothing.
    public var preferences: Preferences?

    /// What a store has read in one snapshot.
    public init(
        delivery: Delivery, rows: [Notification], inbox: Inbox, profile: UserProfile?, preferences: Preferences?
    ) {
        self.delivery = delivery
        self.rows = rows
        self.inbox = inbox
        self.profile = profile
        self.preferences = preferences
    }
}
