/// What a clock on the wall shows, to the minute.
public struct TimeOfDay: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since midnight, 0 to 1439.
    public var minutes: Int

    /// A day has so many.
    public static let minutesOfDay = 1440

    /// Nil outside of a day.
    public init?(minutes: Int) {
        guard (0..<Self.minutesOfDay).contains(minutes) else { return nil }
        self.minutes = minutes
    }

    /// Reads `HH:MM`, with two digits each; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hour < 24, minute < 60 else { return nil }
        self.init(minutes: hour * 60 + minute)
    }

    /// `HH:MM`.
    public var description: String {
        let parts = [minutes / 60, minutes % 60]
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    public static func < (left: Self, right: Self) -> Bool { left.minutes < right.minutes }
}

/// A day of the week, in English as it is spelt in requests.
public enum Weekday: String, Sendable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// `monday, tuesday, …`, for people.
    public static let list = allCases.map(\.rawValue).joined(separator: ", ")

    /// The day of the week of a day counted from 1 January 1970, which was a Thursday.
    public init(day: Int64) {
        let index = ((day + 3) % 7 + 7) % 7
        self = Self.allCases[Int(index)]
    }
}
