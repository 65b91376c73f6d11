internal import DequeModule

/// Whose channels a node listens to: a machine without I/O, the same for each bus between nodes.
///
/// A channel is kept for a while after a user's last session has gone, because clients come back.
public struct BusInterests: Sendable {
    private struct Interest {
        var leftAt: ContinuousClock.Instant?
        var isSubscribed = false
    }

    private let lingering: Duration
    private var interests: [UserID: Interest] = [:]
    private var joining: Deque<UserID> = []
    private var leaving: Deque<(user: UserID, at: ContinuousClock.Instant)> = []

    /// - Parameter lingering: how long a channel stays after the last session.
    public init(lingering: Duration) {
        self.lingering = lingering
    }

    /// How many channels are wanted.
    public var count: Int { interests.count }

    /// The first session of a user has come.
    ///
    /// - Returns: whether a channel is to be subscribed to.
    public mutating func join(_ user: UserID) -> Bool {
        if interests[user] != nil {
            interests[user]?.leftAt = nil
            return false
        }
        interests[user] = Interest()
        joining.append(user)
        return true
    }

    /// The last session of a user has gone.
    public mutating func leave(_ user: UserID, at now: ContinuousClock.Instant) {
        guard interests[user] != nil else { return }
        interests[user]?.leftAt = now
        leaving.append((user, now))
    }

    /// Users whose channels are to be subscribed to next; they count as subscribed from now on.
    public mutating func takeJoining(limit: Int) -> [UserID] {
        var users: [UserID] = []
        while users.count < limit, let user = joining.popFirst() {
            guard let interest = interests[user], !interest.isSubscribed else { continue }
            interests[user]?.isSubscribed = true
            users.append(user)
        }
        return users
    }

    /// Users whose channels nobody has wanted for long; they are forgotten.
    public mutating func takeLeaving(limit: Int, at now: ContinuousClock.Instant) -> [UserID] {
        var users: [UserID] = []
        while users.count < limit, let first = leaving.first, first.at + lingering <= now {
            leaving.removeFirst()
            // Who came back has no such time, or a later one.
            guard let interest = interests[first.user], interest.leftAt == first.at else { continue }
            interests[first.user] = nil
            if interest.isSubscribed { users.append(first.user) }
        }
        return users
    }

    /// The connection was lost: every channel is to be subscribed to again.
    public mutating func reset() {
        joining = Deque(interests.keys)
        for user in joining { interests[user]?.isSubscribed = false }
    }
}
