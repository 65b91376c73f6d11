/// That a user wants to hear nothing more of one thing, or of one person.
public struct Mute: Sendable, Equatable {
    /// What is muted.
    public enum Subject: Sendable, Equatable {
        /// Every event on this target, such as one thread.
        case target(TargetMute)
        /// Every event of this actor.
        case actor(String)
    }

    /// The mutes of one user at most.
    public static let limit = 500

    /// What it is about.
    public var subject: Subject
    /// From then on it is heard again; nil for never.
    public var until: Timestamp?
    /// When the user asked for it.
    public var createdAt: Timestamp

    /// A mute that has no end, where nothing else is said.
    public init(_ subject: Subject, until: Timestamp? = nil, createdAt: Timestamp) {
        self.subject = subject
        self.until = until
        self.createdAt = createdAt
    }

    /// Whether it still holds.
    public func holds(at time: Timestamp) -> Bool { until.map { time < $0 } ?? true }
}

/// One target, as events name it. Without an id it is the kind of thing alone, and matches events that name no id either.
public struct TargetMute: Sendable, Hashable {
    /// Such as `post`.
    public var type: String
    /// The app's own id of it.
    public var id: String?

    /// A target by its type and id.
    public init(type: String, id: String?) {
        self.type = type
        self.id = id
    }

    // As a store compares them.
    public static func == (left: Self, right: Self) -> Bool {
        ExactText(left.type) == ExactText(right.type) && ExactText(left.id ?? "") == ExactText(right.id ?? "")
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(type))
        hasher.combine(ExactText(id ?? ""))
    }
}

extension Mute.Subject: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.target(let left), .target(let right)): left == right
        case (.actor(let left), .actor(let right)): ExactText(left) == ExactText(right)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .target(let target): hasher.combine(target)
        case .actor(let id): hasher.combine(ExactText(id))
        }
    }
}
