public import PealCore

/// Decides when a notification leaves Peal, by what its reader has said and by the clocks where they live.
public struct DeliveryPlanner: DeliveryPlanning {
    public let channels: [DeliveryChannel]
    private let policy: PreferencePolicy
    private let delay: Duration

    /// - Parameters:
    ///   - channels: those that somebody serves.
    ///   - delay: `delivery.delay`: who reads in the app meanwhile is not written to.
    public init(channels: [DeliveryChannel], policy: PreferencePolicy, delay: Duration) {
        self.channels = channels
        self.policy = policy
        self.delay = delay
    }

    /// What is mandatory goes out as it comes, whatever the hour. What a silence holds back is told together when it ends, and a
    /// digest that would fall into one comes then.
    public func plan(
        _ type: String, on channel: DeliveryChannel, for preferences: Preferences?, timezone: String?,
        at now: Timestamp
    ) -> DeliveryPlan? {
        let effective = policy.effective(type, on: channel, for: preferences)
        switch effective.setting {
        case .off: return nil
        case .on where effective.source == .mandatory: return .alone(at: now + delay)
        case .on:
            if let end = heldUntil(now, preferences, timezone) { return .digest(at: end) }
            return .alone(at: now + delay)
        case .digest(let schedule):
            let time = schedule.next(after: now, by: Self.clock(preferences, timezone))
            return .digest(at: heldUntil(time, preferences, timezone) ?? time)
        }
    }

    /// What is to become of one row when its delivery is due.
    enum Verdict: Equatable {
        case send
        /// Its reader has switched it off since.
        case drop
        /// Its reader is not to be disturbed until then.
        case hold(Timestamp)
    }

    func verdict(
        on type: String, _ channel: DeliveryChannel, for preferences: Preferences?, timezone: String?,
        at now: Timestamp
    ) -> Verdict {
        let effective = policy.effective(type, on: channel, for: preferences)
        guard effective.setting.isOn else { return .drop }
        guard effective.source != .mandatory, let end = heldUntil(now, preferences, timezone) else { return .send }
        return .hold(end)
    }

    private func heldUntil(_ time: Timestamp, _ preferences: Preferences?, _ timezone: String?) -> Timestamp? {
        preferences?.heldUntil(time, by: Self.clock(preferences, timezone))
    }

    private static func clock(_ preferences: Preferences?, _ timezone: String?) -> any LocalClock {
        guard preferences?.quietHours?.timezone != nil || timezone != nil else { return FixedClock() }
        return IANAZone.clock(preferences?.quietHours?.timezone, timezone)
    }
}
