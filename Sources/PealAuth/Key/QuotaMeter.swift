public import PealCore

/// Keeps one key to its quota: a bucket that fills at the quota's rate, and a counter of the day. A machine without I/O.
///
/// Whole numbers throughout: a bucket counts thousandths, so that a rate per second fills it by that many per millisecond.
public struct QuotaMeter: Sendable {
    /// A limit and how much of it is left.
    public struct Standing: Sendable, Equatable {
        public enum Limit: String, Sendable {
            case rate, day
        }

        public var limit: Limit
        /// Notifications within ``window``.
        public var quota: Int
        public var window: Duration
        public var remaining: Int
        /// Until all of it is there again.
        public var reset: Duration
    }

    /// Why nothing more is taken now.
    public struct Refusal: Error, Sendable, Equatable {
        public var limit: Standing.Limit
        /// Nil where it will never be taken, because it asks for more than a whole day's quota.
        public var retryAfter: Duration?
    }

    public private(set) var quota: KeyQuota
    private var level: Int64
    private var filledAt: Timestamp
    private var day: Int64
    private var usedToday = 0

    private static let dayLength: Int64 = 86_400_000

    /// Begins with a full bucket and an unused day.
    public init(_ quota: KeyQuota, at now: Timestamp) {
        self.quota = quota
        level = Self.capacity(of: quota)
        filledAt = now
        day = Self.day(of: now)
    }

    /// Takes another quota over; what was used today stays used.
    public mutating func adopt(_ quota: KeyQuota, at now: Timestamp) {
        fill(at: now)
        let before = Self.capacity(of: self.quota)
        self.quota = quota
        level = min(level + max(0, Self.capacity(of: quota) - before), Self.capacity(of: quota))
    }

    /// Takes notifications out of the quota; all of them, or none.
    ///
    /// One request for more than fits into the bucket is taken when the bucket is full, and the bucket then owes the rest: so
    /// everything can be sent at some time, and the rate holds all the same. The day's limit is hard.
    public mutating func take(_ count: Int, at now: Timestamp) throws(Refusal) {
        fill(at: now)
        if let perDay = quota.perDay, usedToday + count > perDay {
            let wait = Self.dayLength - (now.milliseconds - day * Self.dayLength)
            throw Refusal(limit: .day, retryAfter: count > perDay ? nil : .milliseconds(wait))
        }
        let cost = Int64(count) * 1000
        if let perSecond = quota.perSecond {
            let missing = min(cost, Self.capacity(of: quota)) - level
            if missing > 0 { throw Refusal(limit: .rate, retryAfter: Self.time(toFill: missing, perSecond)) }
            level -= cost
        }
        usedToday += count
    }

    /// Gives back what was taken for something that then was not stored.
    public mutating func giveBack(_ count: Int, at now: Timestamp) {
        fill(at: now)
        level = min(level + Int64(count) * 1000, Self.capacity(of: quota))
        usedToday = max(0, usedToday - count)
    }

    /// What callers are told, the rate first.
    public mutating func standings(at now: Timestamp) -> [Standing] {
        fill(at: now)
        var standings: [Standing] = []
        if let perSecond = quota.perSecond {
            let capacity = Self.capacity(of: quota)
            standings.append(
                Standing(
                    limit: .rate, quota: Int(capacity / 1000), window: Self.time(toFill: capacity, perSecond),
                    remaining: Int(max(0, level) / 1000), reset: Self.time(toFill: capacity - level, perSecond)))
        }
        if let perDay = quota.perDay {
            standings.append(
                Standing(
                    limit: .day, quota: perDay, window: .milliseconds(Self.dayLength),
                    remaining: max(0, perDay - usedToday),
                    reset: .milliseconds(Self.dayLength - (now.milliseconds - day * Self.dayLength))))
        }
        return standings
    }

    private mutating func fill(at now: Timestamp) {
        // A clock that was set back fills nothing, and goes on from where it is.
        let passed = max(0, now.milliseconds - filledAt.milliseconds)
        filledAt = now
        if let perSecond = quota.perSecond {
            level = min(Self.capacity(of: quota), level + min(passed, Self.dayLength * 400) * Int64(perSecond))
        }
        let today = Self.day(of: now)
        if today != day {
            day = today
            usedToday = 0
        }
    }

    private static func capacity(of quota: KeyQuota) -> Int64 {
        Int64(quota.burst ?? quota.perSecond ?? 0) * 1000
    }

    /// Rounded up to a millisecond.
    private static func time(toFill level: Int64, _ perSecond: Int) -> Duration {
        let rate = Int64(max(1, perSecond))
        return .milliseconds((max(0, level) + rate - 1) / rate)
    }

    private static func day(of time: Timestamp) -> Int64 {
        let milliseconds = time.milliseconds
        return milliseconds >= 0 ? milliseconds / dayLength : (milliseconds - dayLength + 1) / dayLength
    }
}
