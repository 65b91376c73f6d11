import PealCore
import PealSQL
import Testing

/// What a user has said decides about events, inside the transaction that would store them.
@Suite struct PreferenceTests {
    @Test(arguments: StoreDriver.allCases)
    func aTypeThatIsOffMovesNothing(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = try await test.send(.like(maria, by: "ana"))
            try await test.set("like", .off)
            test.sink.clear()
            let before = try await test.store.inbox(of: maria)
            let outcome = try await test.send(.like(maria, by: "bia"))
            #expect(outcome == Outcome(user: maria, kind: .suppressed, suppression: .preference))
            #expect(try await test.store.inbox(of: maria) == before)
            #expect(try await test.row(first.notificationID).actorCount == 1)
            #expect(test.sink.publications.isEmpty)
            // Another type, another channel and another user are not meant.
            #expect(try await test.send(.plain(maria)).kind == .created)
            #expect(try await test.send(.like(joao, by: "bia")).kind == .created)
            try await test.set("like", .on)
            try await test.set("like", .off, .push)
            #expect(try await test.send(.like(maria, by: "bia")).kind == .aggregated)
            #expect(try await test.counts() == [2, 2])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatWasSaidIsKept(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            #expect(try await test.store.preferences(of: maria) == nil)
            var whole = Preferences(doNotDisturb: DoNotDisturb(until: test.clock.now + .seconds(60)))
            let ten = try #require(TimeOfDay("22:00"))
            whole.quietHours = QuietHours(from: ten, to: 420, days: [.friday], timezone: "Europe/Lisbon")
            whole["like", .email] = .digest(.weekly(on: .sunday, at: ten))
            whole["like", .push] = .digest(.hourly)
            whole["*", .email] = .off
            whole["\u{1F680} \"x\"\\", .inApp] = .on
            #expect(try await test.prefer(.replace(whole)) == whole)
            #expect(try await test.store.preferences(of: maria) == whole)
            try await test.reopen()
            #expect(try await test.store.preferences(of: maria) == whole)
            let change = PreferenceChange(
                settings: [.init("like", .push, to: nil), .init("reply", .inApp, to: .off)], doNotDisturb: .to(nil))
            whole.apply(change)
            #expect(try await test.prefer(.merge(change)) == whole)
            #expect(whole.doNotDisturb == nil && whole["like", .push] == nil && whole["*", .email] == .off)
            try await test.reopen()
            #expect(try await test.store.preferences(of: maria) == whole)
            #expect(try await test.store.preferences(of: joao) == nil)
            try await test.prefer(.replace(Preferences()))
            #expect(try await test.store.preferences(of: maria) == nil)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theConfigurationDecidesWhereNothingWasSaid(_ driver: StoreDriver) async throws {
        var defaults = Preferences()
        defaults["like", .inApp] = .off
        var policy = PreferencePolicy(defaults: defaults)
        policy.require("security")
        try await withStore(driver, preferences: policy) { test in
            #expect(try await test.send(.like(maria, by: "ana")).suppression == .preference)
            try await test.set("like", .on)
            #expect(try await test.send(.like(maria, by: "ana")).kind == .created)
            try await test.set("*", .off)
            #expect(try await test.send(.like(maria, by: "bia")).kind == .aggregated)
            #expect(try await test.send(.plain(maria)).suppression == .preference)
            // Whatever was said: what is mandatory arrives.
            try await test.set("security", .off)
            try await test.prefer(.mute(.post("42"), until: nil))
            try await test.prefer(.mute(.actor("bia"), until: nil))
            #expect(try await test.send(.comment(maria, by: "bia", on: "42", type: "security")).kind == .created)
            #expect(try await test.counts() == [2, 2])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func oneSettingForAll(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.set("like", .on, .email)
            try await test.set("reply", .digest(.hourly), .email)
            #expect(try await test.prefer(.set(.email, .off, type: "like"))["like", .email] == .off)
            let all = try await test.prefer(.set(.email, .off, type: nil))
            #expect(all.types == ["*"] && all["*", .email] == .off)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func tooManyTypesAreRefusedAndNothingChanges(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let types = (0..<Preferences.typeLimit).map { PreferenceChange.Setting("t\($0)", .push, to: .off) }
            let full = try await test.prefer(.merge(PreferenceChange(settings: types)))
            await #expect(throws: StoreError.self) { try await test.set("one more", .off) }
            #expect(try await test.store.preferences(of: maria) == full)
            #expect(try await test.send(.plain(maria, type: "one more")).kind == .created)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aRepeatedRequestKeepsItsAnswer(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let key = IdempotencyKey(source: "http", caller: "k", key: "1", fingerprint: 1)
            try await test.set("like", .off)
            let first = try await test.send(.like(maria, by: "ana"), key: key)
            #expect(first.suppression == .preference)
            try await test.set("like", .on)
            #expect(try await test.send(.like(maria, by: "ana"), key: key) == first)
            #expect(try await test.counts() == [0, 0])
        }
    }

    /// Many send while one changes their mind: what is sent after the answer obeys it, and the counts stay those of the rows.
    @Test(arguments: StoreDriver.allCases)
    func whatWasAnsweredHoldsForEveryLaterEvent(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for sender in 0..<8 {
                    group.addTask {
                        var created = 0
                        for round in 0..<40 {
                            let outcome = try await test.send(.plain(maria, type: "news \(sender)", actor: "a\(round)"))
                            if outcome.kind == .created { created += 1 }
                        }
                        return created
                    }
                }
                group.addTask {
                    for round in 0..<60 {
                        try await test.set("news \(round % 8)", .off)
                        let off = try await test.sendToAll(.plain(maria, joao, type: "news \(round % 8)"))
                        #expect(off.map(\.kind) == [.suppressed, .created])
                        try await test.set("news \(round % 8)", nil)
                        try await test.prefer(.mute(.actor("z"), until: nil))
                        #expect(try await test.send(.plain(maria, actor: "z")).suppression == .preference)
                        try await test.prefer(.unmute(.actor("z")))
                    }
                    return 0
                }
                let created = try await group.reduce(0, +)
                #expect(try await test.counts() == [created, created])
                #expect(try await test.store.inbox(of: maria).seq == Seq(created))
            }
        }
    }

    /// Two devices change different things at the same time: neither takes the other's change back.
    @Test(arguments: StoreDriver.allCases)
    func changesOfSeveralDevicesMeet(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for type in 0..<50 { group.addTask { try await test.set("t\(type)", .off, .email) } }
                try await group.waitForAll()
            }
            #expect(try await test.store.preferences(of: maria)?.types.count == 50)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aSecretIsMadeOnce(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = StoreSecret(name: "links", bytes: [1, 2, 3])
            #expect(try await test.store.keep(first) == first)
            #expect(try await test.store.keep(StoreSecret(name: "links", bytes: [4])) == first)
            try await test.reopen()
            #expect(try await test.store.keep(StoreSecret(name: "links", bytes: [5])) == first)
            #expect(try await test.store.keep(StoreSecret(name: "others", bytes: [])).bytes == [])
        }
    }
}
