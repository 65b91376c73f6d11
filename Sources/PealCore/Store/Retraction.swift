/// An act taken back: an unlike, a deleted comment, an unfollow (RULES 12).
///
/// The actor leaves every retained row of that type and target; the last one out removes the row. It is remembered for 24
/// hours, so that an event that was overtaken by its own retraction is not delivered.
public struct Retraction: Sendable, Equatable {
    /// The type of the event that told of it.
    public var type: String
    /// Who takes it back.
    public var actorID: String
    /// What was liked, commented on or followed.
    public var target: TargetMatch
    /// Whose inboxes are meant, without duplicates.
    public var users: [UserID]
    /// When the act was taken back; nil for now.
    public var occurredAt: Timestamp?

    /// How long it is remembered.
    public static let memory: Duration = .seconds(86_400)

    /// Which rows it means, besides type and actor.
    public enum TargetMatch: Sendable, Equatable {
        /// Whatever the target: one follows a user, and the user is the reader.
        case any
        case exactly(Event.Target?)
    }

    /// An act of one actor taken back from the inboxes of some users.
    public init(
        type: String, actorID: String, target: TargetMatch, users: [UserID], occurredAt: Timestamp? = nil
    ) {
        self.type = type
        self.actorID = actorID
        self.target = target
        self.users = users
        self.occurredAt = occurredAt
    }

    /// The act as one user sees it.
    public func act(for user: UserID) -> Act {
        Act(user: user, type: type, actorID: actorID, target: target)
    }
}

/// What one actor did, as one reader is told: the rows of a retraction, and the name under which it is remembered.
public struct Act: Sendable, Equatable {
    /// The reader.
    public var user: UserID
    /// The type of the event.
    public var type: String
    /// Who did it.
    public var actorID: String
    /// To what.
    public var target: Retraction.TargetMatch

    /// An act as one reader is told of it.
    public init(user: UserID, type: String, actorID: String, target: Retraction.TargetMatch) {
        self.user = user
        self.type = type
        self.actorID = actorID
        self.target = target
    }

    /// The type that needs no target: the reader is followed.
    public static let followType = "follow"

    /// What an event says its actor did; nil where it names none.
    public init?(_ event: Event, for user: UserID) {
        guard let actor = event.actor else { return nil }
        self.init(
            user: user, type: event.type, actorID: actor.id,
            target: event.type == Self.followType ? .any : .exactly(event.target))
    }

    /// Whether a row is about this type and target; its actors are not looked at.
    public func concerns(_ row: Notification) -> Bool {
        guard row.standing != .deleted, row.type.utf8.elementsEqual(type.utf8) else { return false }
        guard case .exactly(let target) = target else { return true }
        return ExactText(row.targetType ?? "") == ExactText(target?.type ?? "")
            && ExactText(row.targetID ?? "") == ExactText(target?.id ?? "")
    }

    /// A name that no two acts share: each part is preceded by its length.
    public var name: String {
        var parts = [user.rawValue, type, actorID]
        if case .exactly(let target) = target { parts += [target?.type ?? "", target?.id ?? ""] }
        return parts.map { "\($0.utf8.count):\($0)" }.joined()
    }
}

/// What a retraction made of one row.
public struct RetractedRow: Sendable, Equatable {
    /// Whose row it is.
    public var user: UserID
    /// The row, or the schedule.
    public var id: NotificationID
    /// The seq of the change; 0 for a schedule.
    public var seq: Seq
    /// False where other actors remain.
    public var isRemoved: Bool
    /// Whether it is what would have become a row later.
    public var isSchedule: Bool

    /// One row of which an actor has been taken, or the row itself.
    public init(user: UserID, id: NotificationID, seq: Seq, isRemoved: Bool, isSchedule: Bool = false) {
        self.user = user
        self.id = id
        self.seq = seq
        self.isRemoved = isRemoved
        self.isSchedule = isSchedule
    }
}
