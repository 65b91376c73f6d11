import PealCore
import PealSQL
import Testing

@Suite struct MuteTests {
    @Test(arguments: StoreDriver.allCases)
    func everyEventOnTheTargetIsSuppressed(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(.comment(maria, by: "ana", on: "42"))
            try await test.prefer(.mute(.post("42"), until: nil))
            for type in ["comment", "like", "anything"] {
                let outcome = try await test.send(.comment(maria, by: "bia", on: "42", type: type))
                #expect(outcome.suppression == .preference)
            }
            #expect(try await test.send(.comment(maria, by: "bia", on: "43")).kind == .created)
            #expect(try await test.send(.comment(maria, by: "bia", on: nil)).kind == .created)
            #expect(try await test.send(.plain(maria)).kind == .created)
            #expect(try await test.send(.comment(joao, by: "bia", on: "42")).kind == .created)
            try await test.reopen()
            #expect(try await test.send(.comment(maria, by: "bia", on: "42")).suppression == .preference)
            try await test.prefer(.unmute(.post("42")))
            #expect(try await test.send(.comment(maria, by: "bia", on: "42")).kind == .aggregated)
            #expect(try await test.counts() == [4, 4])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func soIsEveryEventOfTheActor(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.prefer(.mute(.actor("bia"), until: nil))
            #expect(try await test.send(.plain(maria, actor: "bia")).suppression == .preference)
            #expect(try await test.send(.plain(maria, actor: "ana")).kind == .created)
            // An actor is no target of the same name.
            var event = Event.plain(maria, actor: "ana")
            event.target = .init(type: "bia", id: nil)
            #expect(try await test.send(event).kind == .created)
            try await test.reopen()
            #expect(try await test.send(.plain(maria, actor: "bia")).suppression == .preference)
            try await test.prefer(.unmute(.actor("bia")))
            #expect(try await test.send(.plain(maria, actor: "bia")).kind == .created)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aMuteEnds(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let end = test.clock.now + .seconds(60)
            try await test.prefer(.mute(.post("42"), until: end))
            test.clock.advance(by: .milliseconds(59_999))
            #expect(try await test.send(.comment(maria, by: "bia", on: "42")).suppression == .preference)
            test.clock.advance(by: .milliseconds(1))
            #expect(try await test.send(.comment(maria, by: "bia", on: "42")).kind == .created)
            // What is over goes when another comes.
            #expect(try await test.mutes().count == 1)
            try await test.prefer(.mute(.actor("x"), until: nil))
            #expect(try await test.mutes() == [Mute(.actor("x"), createdAt: test.clock.now)])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theyAreListedTheNewestFirst(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            #expect(try await test.mutes().isEmpty)
            var expected: [Mute] = []
            for subject in [Mute.Subject.post("1"), .actor("ana"), .post(nil), .post("2")] {
                test.clock.advance(by: .seconds(1))
                try await test.prefer(.mute(subject, until: nil))
                expected.insert(Mute(subject, createdAt: test.clock.now), at: 0)
            }
            #expect(try await test.mutes() == expected)
            // Of one moment: by what they are about, actors first.
            try await test.prefer(.mute(.post("2b"), until: nil))
            try await test.prefer(.mute(.actor("zoe"), until: nil))
            #expect(try await test.mutes().prefix(3).map(\.subject) == [.actor("zoe"), .post("2"), .post("2b")])
            // Muted again it has another end, and is not there twice.
            test.clock.advance(by: .seconds(1))
            try await test.prefer(.mute(.post("1"), until: test.clock.now + .seconds(5)))
            try await test.reopen()
            #expect(try await test.mutes().count == 6)
            #expect(try await test.mutes().first?.until == test.clock.now + .seconds(5))
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theirNumberIsBounded(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let end = test.clock.now + .seconds(10)
            let commands = (0..<Mute.limit).map { number in
                Mutation.preferences(maria, .mute(.post("\(number)"), until: number == 7 ? end : nil))
            }
            for result in await test.store.write(commands) { _ = try result.get() }
            await #expect(throws: StoreError.self) { try await test.prefer(.mute(.actor("bia"), until: nil)) }
            #expect(try await test.mutes().count == Mute.limit)
            try await test.prefer(.mute(.post("3"), until: end + .seconds(1)))
            test.clock.advance(by: .seconds(10))
            try await test.prefer(.mute(.actor("bia"), until: nil))
            #expect(try await test.mutes().count == Mute.limit)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func nothingOfAnErasedUserIsLeft(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let eva = UserID(trusted: "eva-4711")
            try await test.prefer(.set(.email, .off, type: "windmill"), of: eva)
            for number in 0..<80 { try await test.prefer(.mute(.post("windmill \(number)"), until: nil), of: eva) }
            try await test.prefer(.mute(.actor("windmill"), until: nil), of: eva)
            // That others do not want to hear of the user says something about the user, too.
            try await test.prefer(.mute(.actor(eva.rawValue), until: nil))
            try await test.prefer(.mute(.actor("ana"), until: nil))
            let erasure = try await test.erase(eva)
            #expect(erasure.removed.records == 83)
            #expect(try await test.store.preferences(of: eva) == nil)
            #expect(try await test.mutes(of: eva).isEmpty)
            #expect(try await test.mutes().map(\.subject) == [.actor("ana")])
            for text in ["windmill", eva.rawValue] { #expect(try test.places(of: text) == [], "\(text)") }
            #expect(try await test.send(.plain(eva, type: "windmill", actor: "windmill")).kind == .created)
            #expect(try await test.send(.plain(maria, actor: "ana")).suppression == .preference)
            await test.store.close()
            #expect(try !test.filesHold("windmill 5"))
        }
    }
}
