/// What holds where a user has said nothing, and what no user can switch off.
public struct PreferencePolicy: Sendable, Equatable {
    /// Where a setting comes from.
    public enum Source: String, Sendable, CaseIterable {
        /// The configuration, or what Peal does without one.
        case `default`
        case user
        /// Cannot be changed by the user.
        case mandatory
    }

    /// A setting, and who made it.
    public struct Effective: Sendable, Equatable {
        /// What holds.
        public var setting: ChannelSetting
        /// Who said so.
        public var source: Source

        /// A setting of somebody.
        public init(_ setting: ChannelSetting, _ source: Source) {
            self.setting = setting
            self.source = source
        }
    }

    /// Like a user's own, but weaker: the setting `preferences.defaults`.
    public var defaults: Preferences
    private var mandatory: [ExactText: Set<DeliveryChannel>] = [:]

    /// Everything on, and nothing mandatory, where nothing else is said.
    public init(defaults: Preferences = Preferences()) {
        self.defaults = defaults
    }

    /// Makes a type reach everybody on a channel, and so in the inbox too.
    public mutating func require(_ type: String, on channels: Set<DeliveryChannel> = Set(DeliveryChannel.allCases)) {
        mandatory[ExactText(type), default: []].formUnion(channels.union([.inApp]))
    }

    /// Whether a user may say nothing about this: it is sent, as it comes.
    public func isMandatory(_ type: String, on channel: DeliveryChannel = .inApp) -> Bool {
        !mandatory.isEmpty && mandatory[ExactText(type)]?.contains(channel) ?? false
    }

    /// The types that are mandatory on some channel, in the order of their bytes.
    public var mandatoryTypes: [String] {
        mandatory.keys.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What holds for a type on a channel: what is mandatory, then what the user said of the type, then of all types, then the
    /// configuration in the same order. What does not come to the inbox goes nowhere else either.
    ///
    /// - Parameters:
    ///   - type: of an event, or ``Preferences/everyType`` for those that nobody has named.
    ///   - preferences: nil for a user who has said nothing.
    public func effective(_ type: String, on channel: DeliveryChannel, for preferences: Preferences?) -> Effective {
        if isMandatory(type, on: channel) { return Effective(.on, .mandatory) }
        if channel != .inApp {
            let inbox = effective(type, on: .inApp, for: preferences)
            guard inbox.setting.isOn else { return inbox }
        }
        if let preferences, let said = preferences.said(of: type, on: channel) { return Effective(said, .user) }
        return Effective(defaults.said(of: type, on: channel) ?? .on, .default)
    }
}

extension Preferences {
    fileprivate func said(of type: String, on channel: DeliveryChannel) -> ChannelSetting? {
        self[type, channel] ?? self[Self.everyType, channel]
    }
}
