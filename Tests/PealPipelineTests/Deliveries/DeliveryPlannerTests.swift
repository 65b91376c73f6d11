import PealCore
import Testing

@testable import PealPipeline

/// When a notification leaves Peal. Lisbon is at UTC in winter and an hour ahead in summer.
@Suite struct DeliveryPlannerTests {
    private static func time(_ text: String) -> Timestamp { Timestamp(iso8601: text) ?? Timestamp(milliseconds: 0) }

    private func planner(_ policy: PreferencePolicy = PreferencePolicy()) -> DeliveryPlanner {
        DeliveryPlanner(channels: [.email], policy: policy, delay: .seconds(10))
    }

    private func plan(
        _ setting: ChannelSetting?, at now: String, quiet: QuietHours? = nil, until: String? = nil,
        timezone: String? = "Europe/Lisbon", policy: PreferencePolicy = PreferencePolicy()
    ) -> DeliveryPlan? {
        var preferences = Preferences(
            doNotDisturb: until.map { DoNotDisturb(until: Self.time($0)) }, quietHours: quiet)
        preferences["news", .email] = setting
        return planner(policy).plan(
            "news", on: .email, for: preferences, timezone: timezone, at: Self.time(now))
    }

    private func nights(_ from: Int = 22 * 60, _ to: Int = 7 * 60) throws -> QuietHours {
        try #require(TimeOfDay(minutes: from).flatMap { QuietHours(from: $0, to: to) })
    }

    @Test func whatComesByItselfWaitsALittle() {
        #expect(plan(nil, at: "2026-01-15T12:00:00Z") == .alone(at: Self.time("2026-01-15T12:00:10Z")))
        #expect(plan(.on, at: "2026-01-15T12:00:00Z") == .alone(at: Self.time("2026-01-15T12:00:10Z")))
        #expect(plan(.off, at: "2026-01-15T12:00:00Z") == nil)
        #expect(
            planner().plan("x", on: .email, for: nil, timezone: nil, at: Self.time("2026-01-15T12:00:00Z"))
                == .alone(at: Self.time("2026-01-15T12:00:10Z")))
    }

    @Test(arguments: [
        ("hourly", "2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z"),
        ("hourly", "2026-01-15T12:59:59Z", "2026-01-15T13:00:00Z"),
        ("daily 08:00", "2026-01-15T07:59:59Z", "2026-01-15T08:00:00Z"),
        ("daily 08:00", "2026-01-15T08:00:00Z", "2026-01-16T08:00:00Z"),
        // The clocks go forward at 01:00 UTC of 29 March, and back at 01:00 UTC of 25 October.
        ("daily 08:00", "2026-03-28T09:00:00Z", "2026-03-29T07:00:00Z"),
        ("daily 08:00", "2026-10-24T09:00:00Z", "2026-10-25T08:00:00Z"),
        // A time that is skipped comes when the clocks have skipped it; one that comes twice, the first time.
        ("daily 01:30", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("daily 01:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ("daily 01:30", "2026-10-25T00:45:00Z", "2026-10-26T01:30:00Z"),
        ("hourly", "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z"),
        // 15 January 2026 is a Thursday.
        ("weekly thursday 08:00", "2026-01-15T07:00:00Z", "2026-01-15T08:00:00Z"),
        ("weekly thursday 08:00", "2026-01-15T08:00:00Z", "2026-01-22T08:00:00Z"),
        ("weekly monday 08:00", "2026-03-27T08:00:00Z", "2026-03-30T07:00:00Z"),
    ])
    func digestsKeepToTheClocksOfTheirReader(_ setting: String, _ now: String, _ expected: String) throws {
        let setting = try #require(ChannelSetting(setting))
        #expect(plan(setting, at: now) == .digest(at: Self.time(expected)))
    }

    @Test func halfHoursAreFullHoursWhereTheyAre() {
        let plan = plan(.digest(.hourly), at: "2026-01-15T12:00:00Z", timezone: "Asia/Kolkata")
        #expect(plan == .digest(at: Self.time("2026-01-15T12:30:00Z")))
    }

    /// What a silence holds back is told together, and once.
    @Test func aSilenceEndsWithADigest() throws {
        #expect(
            plan(.on, at: "2026-01-15T23:00:00Z", quiet: try nights()) == .digest(at: Self.time("2026-01-16T07:00:00Z"))
        )
        #expect(
            plan(.on, at: "2026-01-16T06:00:00Z", quiet: try nights()) == .digest(at: Self.time("2026-01-16T07:00:00Z"))
        )
        // The night in which the clocks are set back is an hour longer.
        #expect(
            plan(.on, at: "2026-10-24T22:00:00Z", quiet: try nights()) == .digest(at: Self.time("2026-10-25T07:00:00Z"))
        )
        #expect(
            plan(.on, at: "2026-01-15T12:00:00Z", until: "2026-01-15T14:00:00Z")
                == .digest(at: Self.time("2026-01-15T14:00:00Z")))
        // One silence runs into the other.
        #expect(
            plan(.on, at: "2026-01-15T20:00:00Z", quiet: try nights(), until: "2026-01-15T23:00:00Z")
                == .digest(at: Self.time("2026-01-16T07:00:00Z")))
    }

    @Test func aDigestThatFallsIntoASilenceComesAtItsEnd() throws {
        #expect(
            plan(.digest(.hourly), at: "2026-01-15T21:30:00Z", quiet: try nights())
                == .digest(at: Self.time("2026-01-16T07:00:00Z")))
    }

    @Test func whatIsMandatoryIsNeitherHeldNorGathered() throws {
        var policy = PreferencePolicy()
        policy.require("news", on: [.email])
        for setting in [ChannelSetting.off, .on, .digest(.hourly)] {
            #expect(
                plan(setting, at: "2026-01-15T23:00:00Z", quiet: try nights(), policy: policy)
                    == .alone(at: Self.time("2026-01-15T23:00:10Z")))
        }
    }
}
