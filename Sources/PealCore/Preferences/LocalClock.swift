/// How far the clocks of one place differ from UTC, and since when: all that is asked of a time zone. Tables of zones are no
/// part of the core; `IANAZone` of the pipeline has them.
public protocol LocalClock: Sendable {
    /// Seconds east of UTC at that moment, with summer time.
    func offset(at time: Timestamp) -> Int
}

/// The clocks of a place that never changes them.
public struct FixedClock: LocalClock {
    /// Seconds east of UTC.
    public var seconds: Int

    /// UTC, where nothing else is said.
    public init(seconds: Int = 0) { self.seconds = seconds }

    /// Always the same.
    public func offset(at time: Timestamp) -> Int { seconds }
}

extension LocalClock {
    /// The day that it is there, counted from 1 January 1970, and the milliseconds since its midnight by the clock on the wall.
    public func reading(at time: Timestamp) -> (day: Int64, milliseconds: Int64) {
        let local = time.milliseconds + Int64(offset(at: time)) * 1000
        let day = local >= 0 ? local / Self.day : (local - Self.day + 1) / Self.day
        return (day, local - day * Self.day)
    }

    /// The first moment at which the clocks there show this time of this day, or a later one where they skip it.
    ///
    /// - Parameter minutes: since midnight; 1440 is the midnight that ends the day.
    public func first(_ minutes: Int, ofDay day: Int64) -> Timestamp {
        let local = day * Self.day + Int64(minutes) * 60_000
        let change = change(around: local)
        let before = local - change.before
        return Timestamp(milliseconds: before < change.at ? before : max(change.at, local - change.after))
    }

    /// The moment after which the clocks there no longer show a time before this one on this day: the second of two where they
    /// show it twice, and when they are changed where they skip it.
    ///
    /// - Parameter minutes: since midnight; 1440 is the midnight that ends the day.
    public func last(_ minutes: Int, ofDay day: Int64) -> Timestamp {
        let local = day * Self.day + Int64(minutes) * 60_000
        let change = change(around: local)
        let after = local - change.after
        return Timestamp(milliseconds: after > change.at ? after : min(change.at, local - change.before))
    }

    private static var day: Int64 { 86_400_000 }

    /// The change of the clocks near a local time, if there is one, to the second: nowhere two of them lie within a day.
    ///
    /// Clocks are between 12 hours behind UTC and 14 ahead, so the window holds every moment at which they could show that time.
    private func change(around local: Int64) -> (at: Int64, before: Int64, after: Int64) {
        let offset = { seconds in Int64(self.offset(at: Timestamp(milliseconds: seconds * 1000))) }
        var low = Timestamp(milliseconds: local).seconds - 15 * 3600
        var high = low + 28 * 3600
        let (before, after) = (offset(low), offset(high))
        guard before != after else { return (high * 1000, before * 1000, after * 1000) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if offset(middle) == before { low = middle } else { high = middle }
        }
        return (high * 1000, before * 1000, after * 1000)
    }
}
