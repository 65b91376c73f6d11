/// Somebody who did something: an id of the app's and, where known, a name to show.
public struct Actor: Sendable, Equatable {
    /// The app's own id.
    public var id: String
    /// Nil where nobody has told; then the id is shown.
    public var name: String?

    /// An actor, with the name where it is known.
    public init(id: String, name: String? = nil) {
        self.id = id
        self.name = name
    }

    /// The id where no name is known.
    public var displayName: String { name ?? id }
}

/// How much a notification may hurry; the list does not go by it.
public enum Priority: String, Sendable, CaseIterable {
    case low, normal, high
}

/// Where a row stands apart from read and seen.
public enum Standing: Int, Sendable, CaseIterable {
    case active = 0
    case archived = 1
    /// A tombstone: kept until retention passes, so that clients learn of the deletion.
    case deleted = 2
    /// Out of sight until ``Notification/snoozedUntil``, and counted nowhere meanwhile.
    case snoozed = 3
}

/// One row of one user's inbox.
///
/// `isRead` and `isSeen` are what was last written to the row; ``Inbox/fold(_:)`` adds the read-all and seen-all marks.
/// Rows that leave a store are folded.
public struct Notification: Sendable, Equatable {
    /// Unique in the store.
    public var id: NotificationID
    /// Whose inbox the row is in.
    public var userID: UserID
    /// Such as `like`, or the app's own word.
    public var type: String
    /// Never empty; plain text.
    public var title: String
    /// Never empty; plain text.
    public var message: String
    /// Whether it is in the list, in the archive or gone.
    public var standing: Standing
    /// As written: a mark may have read it meanwhile.
    public var isRead: Bool
    /// As written: a mark may have seen it meanwhile.
    public var isSeen: Bool
    /// The newest first, at most ``actorSampleLimit``.
    public var actors: [Actor]
    /// Distinct actors, exact.
    public var actorCount: Int
    /// What it was done to, such as `post`.
    public var targetType: String?
    /// The app's own id of that.
    public var targetID: String?
    /// Where a click leads; http, https or relative.
    public var url: String?
    /// For channels that can hurry.
    public var priority: Priority
    /// A JSON object as text, compact.
    public var metadata: String
    /// When its first event was stored.
    public var createdAt: Timestamp
    /// When anything about it last changed.
    public var updatedAt: Timestamp
    /// Decides the order of lists (RULES 8); moved by create, aggregate and wake-up only.
    public var lastEventAt: Timestamp
    /// When it was read; nil while it is unread.
    public var readAt: Timestamp?
    /// Nil unless it is archived.
    public var archivedAt: Timestamp?
    /// When the row comes back; set where it is snoozed only.
    public var snoozedUntil: Timestamp?
    /// From then on it is not worth telling; nil for never.
    public var expiresAt: Timestamp?
    /// When a session first took the row; kept for rows that want a receipt.
    public var deliveredAt: Timestamp?
    /// The change that wrote this state.
    public var seq: Seq
    /// The newest change that calls for reading: creation, aggregation or `mark_unread`. A read-all mark at or above it
    /// reads the row.
    public var unreadSeq: Seq
    /// The same for seen.
    public var unseenSeq: Seq
    /// What later events must share to join this row; nil where nothing groups.
    public var groupKey: String?
    /// Events that this row stands for.
    public var eventCount: Int
    /// Whether title and message came from the producer; such text is not rendered again.
    public var hasOwnText: Bool
    /// Whether its actors are told when it was delivered and read.
    public var wantsReceipt: Bool

    /// Actors that a row names; the others are counted.
    public static let actorSampleLimit = 3

    /// A row as a store has it.
    public init(
        id: NotificationID, userID: UserID, type: String, title: String, message: String,
        standing: Standing = .active, isRead: Bool = false, isSeen: Bool = false,
        actors: [Actor] = [], actorCount: Int = 0, targetType: String? = nil, targetID: String? = nil,
        url: String? = nil, priority: Priority = .normal, metadata: String = "{}",
        createdAt: Timestamp, updatedAt: Timestamp, lastEventAt: Timestamp,
        readAt: Timestamp? = nil, archivedAt: Timestamp? = nil, snoozedUntil: Timestamp? = nil,
        expiresAt: Timestamp? = nil, deliveredAt: Timestamp? = nil,
        seq: Seq = 0, unreadSeq: Seq = 0, unseenSeq: Seq = 0,
        groupKey: String? = nil, eventCount: Int = 1, hasOwnText: Bool = false, wantsReceipt: Bool = false
    ) {
        self.id = id
        self.userID = userID
        self.type = type
        self.title = title
        self.message = message
        self.standing = standing
        self.isRead = isRead
        self.isSeen = isSeen
        self.actors = actors
        self.actorCount = actorCount
        self.targetType = targetType
        self.targetID = targetID
        self.url = url
        self.priority = priority
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastEventAt = lastEventAt
        self.readAt = readAt
        self.archivedAt = archivedAt
        self.snoozedUntil = snoozedUntil
        self.expiresAt = expiresAt
        self.deliveredAt = deliveredAt
        self.seq = seq
        self.unreadSeq = unreadSeq
        self.unseenSeq = unseenSeq
        self.groupKey = groupKey
        self.eventCount = eventCount
        self.hasOwnText = hasOwnText
        self.wantsReceipt = wantsReceipt
    }

    /// `UNREAD`, `READ`, `ARCHIVED`, `SNOOZED` or `DELETED`, as on the wire.
    public var status: StaticString {
        switch standing {
        case .deleted: "DELETED"
        case .archived: "ARCHIVED"
        case .snoozed: "SNOOZED"
        case .active: isRead ? "READ" : "UNREAD"
        }
    }
}
