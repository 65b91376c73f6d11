internal import PealCore

/// Knows when the store is to be looked at next: one timer for all that waits. Without I/O and without a clock of its own.
struct ScheduleTimer: Sendable {
    /// A clock that is set forward in the middle of a rest is noticed after so long.
    static let longestRest: Duration = .seconds(30)
    /// What is due in less is looked for after so long, so that a clock a little behind is not asked without end.
    static let shortestRest: Duration = .milliseconds(1)
    /// What cannot be sent is tried again after so long.
    static let patience: Duration = .seconds(1)

    private enum State: Equatable {
        /// The store is being looked at; the earliest that was added meanwhile, which it may not have shown. Then `resting`.
        case looking(added: Timestamp?)
        /// Nothing is due before that time. Then `looking`.
        case resting(until: Timestamp)
    }

    private var state = State.looking(added: nil)

    /// Something waits for this time from now on.
    ///
    /// - Returns: whether the rest is over before it was to end.
    mutating func added(_ time: Timestamp) -> Bool {
        switch state {
        case .looking(let earlier):
            state = .looking(added: earlier.map { min($0, time) } ?? time)
            return false
        case .resting(let end):
            guard time < end else { return false }
            // One that is earlier still changes nothing: it is looked for at once.
            state = .looking(added: nil)
            return true
        }
    }

    /// The store is about to be looked at.
    mutating func look() { state = .looking(added: nil) }

    /// All that was due has been dealt with.
    ///
    /// - Parameters:
    ///   - next: the nearest time that the store has shown; nil where nothing waits.
    ///   - hasFailed: whether something due is left.
    /// - Returns: how long to rest.
    mutating func looked(next: Timestamp?, hasFailed: Bool = false, at now: Timestamp) -> Duration {
        var end = now + (hasFailed ? Self.patience : Self.longestRest)
        if let next { end = min(end, next) }
        if case .looking(let added?) = state { end = min(end, added) }
        state = .resting(until: end)
        return max(Self.shortestRest, end - now)
    }
}
