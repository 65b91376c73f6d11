/// When what was collected is sent, by the clocks where its reader lives.
public enum DigestSchedule: Sendable, Hashable {
    /// At each full hour.
    case hourly
    case daily(at: TimeOfDay)
    case weekly(on: Weekday, at: TimeOfDay)

    /// The word for how often: `hourly`, `daily` or `weekly`.
    public var interval: String {
        switch self {
        case .hourly: "hourly"
        case .daily: "daily"
        case .weekly: "weekly"
        }
    }

    /// When in the day; nil where it is every hour.
    public var time: TimeOfDay? {
        switch self {
        case .hourly: nil
        case .daily(let time), .weekly(_, let time): time
        }
    }

    /// On which day; nil where it is every day.
    public var weekday: Weekday? {
        if case .weekly(let day, _) = self { day } else { nil }
    }
}

/// `hourly`, `daily 08:00`, `weekly monday 08:00`.
extension DigestSchedule: CustomStringConvertible {
    /// Nil for any other text. Between the words stands one space.
    public init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        switch (words.first, words.count) {
        case ("hourly", 1): self = .hourly
        case ("daily", 2):
            guard let time = TimeOfDay(words[1]) else { return nil }
            self = .daily(at: time)
        case ("weekly", 3):
            guard let day = Weekday(rawValue: words[1]), let time = TimeOfDay(words[2]) else { return nil }
            self = .weekly(on: day, at: time)
        default: return nil
        }
    }

    public var description: String {
        [interval, weekday?.rawValue, time?.description].compactMap(\.self).joined(separator: " ")
    }
}
