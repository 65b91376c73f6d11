/// What changes about one user's preferences.
public enum PreferenceCommand: Sendable {
    /// Puts everything that was said in the place of what was said before. Mutes stay.
    case replace(Preferences)
    /// Changes what is named and leaves the rest, also what another device changes at the same time.
    case merge(PreferenceChange)
    /// One setting of a channel, for a type or, where that is nil, in place of all that were made about the channel.
    case set(DeliveryChannel, ChannelSetting, type: String?)
    /// Takes the place of an earlier mute of the same.
    ///
    /// - Throws: `conflict` where the user has ``Mute/limit`` of them that still hold.
    case mute(Mute.Subject, until: Timestamp?)
    /// Muted or not.
    case unmute(Mute.Subject)
}

/// What is to be different about preferences.
public struct PreferenceChange: Sendable, Equatable {
    /// What becomes of a part that can be absent.
    public enum Part<Value: Sendable & Equatable>: Sendable, Equatable {
        case unchanged
        /// Nil for none from now on.
        case to(Value?)
    }

    /// What becomes of one setting.
    public struct Setting: Sendable, Equatable {
        /// A type of events, or ``Preferences/everyType``.
        public var type: String
        /// Where it holds.
        public var channel: DeliveryChannel
        /// Nil to go by the rest again.
        public var setting: ChannelSetting?

        /// A change of one setting.
        public init(_ type: String, _ channel: DeliveryChannel, to setting: ChannelSetting?) {
            self.type = type
            self.channel = channel
            self.setting = setting
        }
    }

    /// Whether what was said of types so far is forgotten first.
    public var forgetsTypes: Bool
    /// In any order, each once.
    public var settings: [Setting]
    /// Kept where nothing is said.
    public var doNotDisturb: Part<DoNotDisturb>
    /// Kept where nothing is said.
    public var quietHours: Part<QuietHours>

    /// A change of nothing that is not named.
    public init(
        forgetsTypes: Bool = false, settings: [Setting] = [], doNotDisturb: Part<DoNotDisturb> = .unchanged,
        quietHours: Part<QuietHours> = .unchanged
    ) {
        self.forgetsTypes = forgetsTypes
        self.settings = settings
        self.doNotDisturb = doNotDisturb
        self.quietHours = quietHours
    }
}

extension Preferences {
    /// Carries out a change.
    public mutating func apply(_ change: PreferenceChange) {
        if change.forgetsTypes { self = Preferences(doNotDisturb: doNotDisturb, quietHours: quietHours) }
        for setting in change.settings { self[setting.type, setting.channel] = setting.setting }
        if case .to(let value) = change.doNotDisturb { doNotDisturb = value }
        if case .to(let value) = change.quietHours { quietHours = value }
    }
}
