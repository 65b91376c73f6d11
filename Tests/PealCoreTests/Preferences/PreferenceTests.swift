import PealCore
import Testing

@Suite struct PreferenceTests {
    private let eight = TimeOfDay(minutes: 480)

    @Test func theMoreParticularWinsAndTheUserBeforeTheConfiguration() throws {
        var defaults = Preferences()
        defaults["like", .email] = .off
        defaults["*", .push] = .off
        let policy = PreferencePolicy(defaults: defaults)
        #expect(policy.effective("like", on: .email, for: nil) == .init(.off, .default))
        #expect(policy.effective("comment", on: .email, for: nil) == .init(.on, .default))
        #expect(policy.effective("comment", on: .push, for: nil) == .init(.off, .default))
        var own = Preferences()
        own["*", .email] = .digest(.hourly)
        #expect(policy.effective("like", on: .email, for: own) == .init(.digest(.hourly), .user))
        own["like", .email] = .on
        #expect(policy.effective("like", on: .email, for: own) == .init(.on, .user))
        #expect(policy.effective("like", on: .push, for: own) == .init(.off, .default))
        #expect(policy.effective("like", on: .inApp, for: own) == .init(.on, .default))
    }

    @Test func withoutTheInboxThereIsNothing() {
        var own = Preferences()
        own["like", .inApp] = .off
        own["like", .push] = .on
        #expect(PreferencePolicy().effective("like", on: .push, for: own) == .init(.off, .user))
        #expect(PreferencePolicy().effective("reply", on: .push, for: own) == .init(.on, .default))
    }

    @Test func whatIsMandatoryIsSentAsItComes() {
        var policy = PreferencePolicy()
        policy.require("security")
        policy.require("invoice", on: [.email])
        var own = Preferences()
        for channel in DeliveryChannel.allCases { own["*", channel] = .off }
        own["security", .email] = .digest(.hourly)
        for channel in DeliveryChannel.allCases {
            #expect(policy.effective("security", on: channel, for: own) == .init(.on, .mandatory))
        }
        #expect(policy.effective("invoice", on: .email, for: own) == .init(.on, .mandatory))
        #expect(policy.effective("invoice", on: .inApp, for: own) == .init(.on, .mandatory))
        #expect(policy.effective("invoice", on: .push, for: own) == .init(.off, .user))
        #expect(policy.mandatoryTypes == ["invoice", "security"])
    }

    @Test func typesAreToldApartByTheirBytes() {
        var own = Preferences()
        own["caf\u{E9}", .push] = .off
        #expect(own["cafe\u{301}", .push] == nil)
        own["cafe\u{301}", .push] = .on
        #expect(own.types.count == 2)
        own["caf\u{E9}", .push] = nil
        own["cafe\u{301}", .push] = nil
        #expect(own.isEmpty)
    }

    @Test func oneSettingTakesThePlaceOfAll() {
        var own = Preferences()
        own["like", .email] = .digest(.hourly)
        own["reply", .email] = .on
        own["reply", .push] = .off
        own.setAll(.email, to: .off)
        #expect(own.types == ["*", "reply"])
        #expect(own["*", .email] == .off && own["reply", .email] == nil && own["reply", .push] == .off)
    }

    @Test(arguments: ["on", "off", "hourly", "daily 08:00", "weekly sunday 23:59"])
    func settingsAreWrittenAndRead(_ text: String) {
        #expect(ChannelSetting(text)?.description == text)
    }

    @Test(arguments: [
        "", "yes", "daily", "daily 8:00", "daily  08:00", "weekly 08:00", "weekly Sunday 08:00", "hourly 08:00",
        "daily 08:00 ", "weekly sunday", "weekly sunday 24:00",
    ])
    func otherTextsAreNoSettings(_ text: String) {
        #expect(ChannelSetting(text) == nil)
    }

    @Test func daysOfTheWeek() throws {
        #expect(Weekday(day: 0) == .thursday && Weekday(day: -1) == .wednesday && Weekday(day: -7) == .thursday)
        #expect(Weekday(day: 20_468) == .thursday && Weekday(day: 20_471) == .sunday)
        let schedule = DigestSchedule.weekly(on: .monday, at: try #require(eight))
        #expect(schedule.weekday == .monday && schedule.time == eight && schedule.interval == "weekly")
    }

    @Test func mutesEnd() {
        let now = time("2026-01-15T12:00:00Z")
        let mute = Mute(.target(TargetMute(type: "post", id: "42")), until: now, createdAt: now)
        #expect(!mute.holds(at: now) && mute.holds(at: now + .milliseconds(-1)))
        #expect(Mute(.actor("joao"), createdAt: now).holds(at: now))
        #expect(Mute.Subject.actor("a") != .target(TargetMute(type: "a", id: nil)))
        #expect(TargetMute(type: "a", id: nil) == TargetMute(type: "a", id: ""))
    }
}
