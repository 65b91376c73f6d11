/// What one user has said about what reaches them, and how. What is not said here is the configuration's to decide.
public struct Preferences: Sendable, Equatable {
    /// The type that stands for all that are not named.
    public static let everyType = "*"
    /// Types that one user may name at most.
    public static let typeLimit = 200

    private var table: [ExactText: ChannelTable] = [:]
    /// Push and e-mail wait until then.
    public var doNotDisturb: DoNotDisturb?
    /// Push and e-mail wait for their end.
    public var quietHours: QuietHours?

    /// Nothing has been said.
    public init(doNotDisturb: DoNotDisturb? = nil, quietHours: QuietHours? = nil) {
        self.doNotDisturb = doNotDisturb
        self.quietHours = quietHours
    }

    /// What was said about one type, or ``everyType``, on one channel; nil where nothing was.
    public subscript(type: String, channel: DeliveryChannel) -> ChannelSetting? {
        get { table[ExactText(type)]?[channel] }
        set {
            let key = ExactText(type)
            table[key, default: ChannelTable()][channel] = newValue
            if table[key]?.isEmpty == true { table[key] = nil }
        }
    }

    /// The types about which anything was said, in the order of their bytes.
    public var types: [String] {
        table.keys.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether nothing was said at all.
    public var isEmpty: Bool { table.isEmpty && doNotDisturb == nil && quietHours == nil }

    /// Puts one setting in the place of all that were made about a channel.
    public mutating func setAll(_ channel: DeliveryChannel, to setting: ChannelSetting) {
        for type in types { self[type, channel] = nil }
        self[Self.everyType, channel] = setting
    }
}

/// That push and e-mail wait until a moment.
public struct DoNotDisturb: Sendable, Hashable {
    /// From then on they are sent again.
    public var until: Timestamp

    /// Holds until that moment.
    public init(until: Timestamp) { self.until = until }
}

/// The settings of one type; nil for what was not said.
struct ChannelTable: Sendable, Equatable {
    private var inApp: ChannelSetting?
    private var push: ChannelSetting?
    private var email: ChannelSetting?

    var isEmpty: Bool { inApp == nil && push == nil && email == nil }

    subscript(channel: DeliveryChannel) -> ChannelSetting? {
        get {
            switch channel {
            case .inApp: inApp
            case .push: push
            case .email: email
            }
        }
        set {
            switch channel {
            case .inApp: inApp = newValue
            case .push: push = newValue
            case .email: email = newValue
            }
        }
    }
}

// MARK: - Holding back

extension Preferences {
    /// When push and e-mail may go out again; nil where they may now.
    ///
    /// Do-not-disturb that ends within quiet hours is followed by them, and the other way round.
    ///
    /// - Parameter clock: of ``QuietHours/timezone``, else of the user's profile.
    public func heldUntil(_ time: Timestamp, by clock: some LocalClock) -> Timestamp? {
        var end = time
        while true {
            let start = end
            if let until = doNotDisturb?.until { end = max(end, until) }
            if let quietHours { end = quietHours.end(after: end, by: clock) }
            if end == start { break }
        }
        return end > time ? end : nil
    }
}
