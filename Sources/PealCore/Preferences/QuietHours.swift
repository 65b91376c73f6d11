/// Hours of the day in which a reader is not to be disturbed, by the clocks where they live.
///
/// A period begins when the clocks first show ``from``, and ends when they last show ``to``. So every moment at which they show
/// a time between is quiet, also where they are set back and show it twice; and where they skip one of the two, the period
/// begins or ends with the skip.
public struct QuietHours: Sendable, Hashable {
    /// When it begins.
    public var from: TimeOfDay
    /// Minutes after midnight at which it ends, 1 to 1440. Not later than ``from``: on the next day.
    public var to: Int
    /// The days on which it begins.
    public var days: Set<Weekday>
    /// An IANA name; nil for the zone of the user's profile.
    public var timezone: String?

    /// Nil where it would never begin, or never end.
    public init?(from: TimeOfDay, to: Int, days: Set<Weekday> = Set(Weekday.allCases), timezone: String? = nil) {
        guard (0...TimeOfDay.minutesOfDay).contains(to), to != from.minutes, !days.isEmpty else { return nil }
        guard to - from.minutes < TimeOfDay.minutesOfDay || days.count < Weekday.allCases.count else { return nil }
        self.from = from
        self.to = to
        self.days = days
        self.timezone = timezone
    }

    /// Whether that moment is quiet.
    public func isQuiet(at time: Timestamp, by clock: some LocalClock) -> Bool {
        periodEnd(at: time, by: clock) != nil
    }

    /// The first moment, from this one on, that is not quiet: the same where this one is not.
    public func end(after time: Timestamp, by clock: some LocalClock) -> Timestamp {
        var time = time
        // One period may end as the next begins; not all seven days are quiet throughout.
        for _ in 0...Weekday.allCases.count {
            guard let end = periodEnd(at: time, by: clock), end > time else { return time }
            time = end
        }
        return time
    }

    /// When the period ends that this moment lies in; nil where it lies in none.
    private func periodEnd(at time: Timestamp, by clock: some LocalClock) -> Timestamp? {
        let today = clock.reading(at: time).day
        // The day before yesterday too: clocks that skip a whole day do so between two of them.
        for day in today - 2...today + 1 where days.contains(Weekday(day: day)) {
            let end = clock.last(to, ofDay: to > from.minutes ? day : day + 1)
            if clock.first(from.minutes, ofDay: day) <= time, time < end { return end }
        }
        return nil
    }

    /// ``to`` as it is written: `HH:MM`, or `24:00`.
    public var toText: String { TimeOfDay(minutes: to)?.description ?? "24:00" }

    /// Reads `HH:MM`, or `24:00` for the midnight that ends a day.
    public static func end(_ text: String) -> Int? {
        text == "24:00" ? TimeOfDay.minutesOfDay : TimeOfDay(text)?.minutes
    }
}
