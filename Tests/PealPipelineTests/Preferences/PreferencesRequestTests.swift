import PealCore
import PealPipeline
import Testing

@Suite struct PreferencesRequestTests {
    private let now = Timestamp(seconds: 1_768_473_000)

    private func read(_ text: String, _ policy: PreferencePolicy = PreferencePolicy()) throws -> Preferences {
        try Preferences(try JSON.parse(text.utf8), policy: policy, now: now)
    }

    private func problems(_ text: String, _ policy: PreferencePolicy = PreferencePolicy()) throws -> [String] {
        do {
            _ = try PreferenceChange(try JSON.parse(text.utf8), policy: policy, now: now)
            return []
        } catch let failure as ValidationFailure {
            return failure.problems.map { "\($0.field) \($0.code.rawValue)" }
        }
    }

    @Test func everythingThatCanBeSaid() throws {
        let said = try read(
            """
            {"types":{"like":{"in_app":true,"push":false,"email":{"digest":"weekly","day":"friday","at":"18:30"}},
              "*":{"email":{"digest":"daily","at":"08:00"},"push":{"digest":"hourly"}},
              "reply":{"email":{"digest":"immediate"},"push":null}},
             "do_not_disturb_until":"2026-01-16T00:00:00Z",
             "quiet_hours":{"from":"22:00","to":"24:00","days":["sunday","monday"],"timezone":"America/Sao_Paulo"}}
            """)
        #expect(said.types == ["*", "like", "reply"])
        #expect(said["like", .inApp] == .on && said["like", .push] == .off)
        #expect(said["like", .email]?.description == "weekly friday 18:30")
        #expect(said["*", .email]?.description == "daily 08:00" && said["*", .push] == .digest(.hourly))
        #expect(said["reply", .email] == .on && said["reply", .push] == nil)
        #expect(said.doNotDisturb?.until == Timestamp(iso8601: "2026-01-16T00:00:00Z"))
        #expect(said.quietHours?.to == 1440 && said.quietHours?.days == [.sunday, .monday])
        #expect(said.quietHours?.timezone == "America/Sao_Paulo")
        #expect(Preferences(document: said.document) == said)
    }

    @Test func aChangeTouchesWhatItNames() throws {
        var said = try read(
            #"{"types":{"like":{"push":false,"email":true},"reply":{"push":false}},"quiet_hours":{"from":"22:00","to":"07:00"}}"#
        )
        func change(_ text: String) throws {
            said.apply(try PreferenceChange(try JSON.parse(text.utf8), policy: PreferencePolicy(), now: now))
        }
        try change(#"{"types":{"like":{"push":null,"in_app":false}}}"#)
        #expect(said["like", .push] == nil && said["like", .inApp] == .off && said["like", .email] == .on)
        #expect(said["reply", .push] == .off && said.quietHours != nil)
        try change(#"{"types":{"like":null},"quiet_hours":null}"#)
        #expect(said.types == ["reply"] && said.quietHours == nil)
        try change(#"{"types":null,"do_not_disturb_until":"2026-01-16T00:00:00Z"}"#)
        #expect(said.types == [] && said.doNotDisturb != nil)
        // Silence that is over is none, whoever sends it back.
        try change(#"{"do_not_disturb_until":"2020-01-16T00:00:00Z","effective":{},"user_id":"x"}"#)
        #expect(said.isEmpty)
    }

    @Test(
        arguments: [
            ("[]", [" wrong_type"]), (#"{"type":{}}"#, ["type unknown_field"]),
            (#"{"types":[]}"#, ["types wrong_type"]), (#"{"types":{"like":true}}"#, ["types.like wrong_type"]),
            (#"{"types":{"":{}}}"#, ["types. invalid"]), (#"{"types":{"a\u0001":{}}}"#, ["types invalid"]),
            (#"{"types":{"like":{"sms":true}}}"#, ["types.like.sms unknown_field"]),
            (
                #"{"types":{"like":{"push":"on","email":1}}}"#,
                ["types.like.push wrong_type", "types.like.email wrong_type"]
            ),
            (#"{"types":{"like":{"in_app":{"digest":"hourly"}}}}"#, ["types.like.in_app invalid"]),
            (#"{"types":{"like":{"email":{}}}}"#, ["types.like.email.digest invalid"]),
            (#"{"types":{"like":{"email":{"digest":"monthly"}}}}"#, ["types.like.email.digest invalid"]),
            (#"{"types":{"like":{"email":{"digest":"daily"}}}}"#, ["types.like.email.at required"]),
            (#"{"types":{"like":{"email":{"digest":"daily","at":"8:00"}}}}"#, ["types.like.email.at invalid"]),
            (#"{"types":{"like":{"email":{"digest":"hourly","at":"08:00"}}}}"#, ["types.like.email.at conflict"]),
            (
                #"{"types":{"like":{"email":{"digest":"weekly","day":"Monday"}}}}"#,
                ["types.like.email.at required", "types.like.email.day invalid"]
            ),
            (#"{"types":{"like":{"email":{"digest":"hourly","x":1}}}}"#, ["types.like.email.x unknown_field"]),
            (#"{"do_not_disturb_until":"tomorrow"}"#, ["do_not_disturb_until invalid"]),
            (#"{"do_not_disturb_until":"2027-06-01T00:00:00Z"}"#, ["do_not_disturb_until invalid"]),
            (#"{"quiet_hours":true}"#, ["quiet_hours wrong_type"]),
            (#"{"quiet_hours":{}}"#, ["quiet_hours.from required", "quiet_hours.to required"]),
            (#"{"quiet_hours":{"from":"24:00","to":"7"}}"#, ["quiet_hours.from invalid", "quiet_hours.to invalid"]),
            (#"{"quiet_hours":{"from":"07:00","to":"07:00"}}"#, ["quiet_hours.to invalid"]),
            (#"{"quiet_hours":{"from":"00:00","to":"24:00"}}"#, ["quiet_hours.to invalid"]),
            (#"{"quiet_hours":{"from":"22:00","to":"07:00","days":[]}}"#, ["quiet_hours.days invalid"]),
            (#"{"quiet_hours":{"from":"22:00","to":"07:00","days":["x"]}}"#, ["quiet_hours.days[0] invalid"]),
            (#"{"quiet_hours":{"from":"22:00","to":"07:00","timezone":"GMT+3"}}"#, ["quiet_hours.timezone invalid"]),
            (#"{"quiet_hours":{"from":"22:00","to":"07:00","zone":"UTC"}}"#, ["quiet_hours.zone unknown_field"]),
        ])
    func whatIsWrongIsNamed(_ text: String, _ expected: [String]) throws {
        #expect(try problems(text) == expected)
    }

    @Test func whatIsMandatoryCannotBeSwitchedOff() throws {
        var policy = PreferencePolicy()
        policy.require("security")
        policy.require("invoice", on: [.email])
        let text = """
            {"types":{"security":{"in_app":false,"push":true,"email":{"digest":"hourly"}},
              "invoice":{"push":false,"email":false,"in_app":false},"*":{"email":false,"in_app":false}}}
            """
        let expected = [
            "types.security.in_app mandatory", "types.security.email mandatory", "types.invoice.email mandatory",
            "types.invoice.in_app mandatory",
        ]
        #expect(try problems(text, policy) == expected)
    }

    @Test func typesAreBounded() throws {
        let types = (0...Preferences.typeLimit).map { "\"t\($0)\":{}" }.joined(separator: ",")
        #expect(try problems("{\"types\":{\(types)}}") == ["types too_many"])
        let long = String(repeating: "x", count: 65)
        #expect(try problems("{\"types\":{\"\(long)\":{}}}") == ["types.\(long.prefix(64)) invalid"])
    }

    @Test func zonesOfTheDatabase() throws {
        let zone = try #require(IANAZone("America/New_York"))
        #expect(zone.offset(at: Timestamp(seconds: 1_772_953_199)) == -5 * 3600)
        #expect(zone.offset(at: Timestamp(seconds: 1_772_953_200)) == -4 * 3600)
        for name in ["", "GMT+3", "PST", "Mars/Olympus", "america/new_york"] { #expect(IANAZone(name) == nil) }
        #expect(IANAZone.clock(nil, "Asia/Kolkata", "UTC").offset(at: now) == 19_800)
        #expect(IANAZone.clock(nil, "nonsense").offset(at: now) == 0)
    }

    @Test(
        arguments: [
            (#"{"target_type":"post","target_id":42}"#, Mute.Subject.target(TargetMute(type: "post", id: "42"))),
            (#"{"target_type":"post"}"#, .target(TargetMute(type: "post", id: nil))),
            (#"{"actor_id":7}"#, .actor("7")),
        ])
    func mutesAreRead(_ text: String, _ subject: Mute.Subject) throws {
        #expect(try MuteRequest(try JSON.parse(text.utf8), now: now).subject == subject)
    }

    @Test(
        arguments: [
            ("{}", "target_type required"), ("7", " wrong_type"), (#"{"target_id":"1"}"#, "target_type required"),
            (#"{"actor_id":"a","target_type":"post"}"#, "actor_id conflict"),
            (#"{"actor_id":"a","until":"2020-01-01T00:00:00Z"}"#, "until invalid"), (#"{"x":1}"#, "x unknown_field"),
            (#"{"actor_id":""}"#, "actor_id invalid"),
        ])
    func otherMutesAreNot(_ text: String, _ problem: String) throws {
        do {
            _ = try MuteRequest(try JSON.parse(text.utf8), now: now)
            Issue.record("\(text) was taken")
        } catch let failure as ValidationFailure {
            #expect(failure.problems.map { "\($0.field) \($0.code.rawValue)" } == [problem])
        }
    }
}
