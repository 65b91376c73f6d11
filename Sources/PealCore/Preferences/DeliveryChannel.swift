/// A way in which a notification reaches its reader.
public enum DeliveryChannel: String, Sendable, CaseIterable {
    /// The inbox, with everything live: without it there is no notification at all, so the other channels carry nothing either.
    case inApp = "in_app"
    /// Phones and browsers.
    case push
    case email

    /// `in_app, push, …`, for people.
    public static let list = allCases.map(\.rawValue).joined(separator: ", ")

    /// Whether do-not-disturb and quiet hours hold it back: what one looks at oneself disturbs nobody.
    public var isHeld: Bool { self != .inApp }
}

/// What a reader, or the configuration, says about one type on one channel.
public enum ChannelSetting: Sendable, Hashable {
    case off
    /// As it comes.
    case on
    /// Collected, and sent together. Not for ``DeliveryChannel/inApp``.
    case digest(DigestSchedule)

    /// Whether anything is sent at all.
    public var isOn: Bool { self != .off }
}

/// `on`, `off`, `hourly`, `daily 08:00`, `weekly monday 08:00`: as the configuration and the stores spell it.
extension ChannelSetting: CustomStringConvertible {
    /// Nil for any other text.
    public init?(_ text: String) {
        switch text {
        case "on", "immediate": self = .on
        case "off": self = .off
        default:
            guard let schedule = DigestSchedule(text) else { return nil }
            self = .digest(schedule)
        }
    }

    public var description: String {
        switch self {
        case .off: "off"
        case .on: "on"
        case .digest(let schedule): schedule.description
        }
    }
}
