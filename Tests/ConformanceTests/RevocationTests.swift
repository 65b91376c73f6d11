import PealCore
import PealSQL
import Testing

@Suite struct RevocationTests {
    @Test(arguments: StoreDriver.allCases)
    func revocationsAreNumberedAndOutliveTheProcess(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let now = test.clock.now
            let first = try await test.store.revoke(maria, .issuedBefore(now))
            let second = try await test.store.revoke(joao, .token(id: "é\u{301}\u{0}", endsAt: now + .seconds(60)))
            let third = try await test.store.revoke(maria, .token(id: "a", endsAt: nil))
            #expect(first.number < second.number && second.number < third.number)
            try await test.reopen()
            let all = try await test.store.revocations(after: 0, limit: 10)
            #expect(all == [first, second, third])
            #expect(try await test.store.revocations(after: 0, limit: 2) == [first, second])
            #expect(try await test.store.revocations(after: second.number, limit: 10) == [third])
            #expect(try await test.store.revocations(after: third.number, limit: 10).isEmpty)
            #expect(all[1].extent == .token(id: "é\u{301}\u{0}", endsAt: now + .seconds(60)))
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aLaterOneTakesThePlaceOfTheSameUnderANewNumber(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let old = try await test.store.revoke(maria, .issuedBefore(test.clock.now))
            let token = try await test.store.revoke(maria, .token(id: "a", endsAt: nil))
            let other = try await test.store.revoke(joao, .token(id: "a", endsAt: nil))
            test.clock.advance(by: .seconds(60))
            let new = try await test.store.revoke(maria, .issuedBefore(test.clock.now))
            #expect(new.number > other.number && other.number > token.number && token.number > old.number)
            #expect(try await test.store.revocations(after: 0, limit: 10) == [token, other, new])
            let again = try await test.store.revoke(maria, .token(id: "a", endsAt: test.clock.now))
            #expect(try await test.store.revocations(after: 0, limit: 10) == [other, new, again])
            // A number is not given a second time, or whoever has seen it would pass over the new one.
            try await test.reopen()
            let last = try await test.store.revoke(joao, .issuedBefore(test.clock.now))
            #expect(last.number > again.number)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func tokensThatEndedLongAgoAreForgotten(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let user = try await test.store.revoke(maria, .issuedBefore(test.clock.now))
            _ = try await test.store.revoke(maria, .token(id: "short", endsAt: test.clock.now + .seconds(60)))
            let long = try await test.store.revoke(maria, .token(id: "long", endsAt: nil))
            test.clock.advance(by: .seconds(3661))
            let new = try await test.store.revoke(joao, .token(id: "new", endsAt: nil))
            #expect(try await test.store.revocations(after: 0, limit: 10) == [user, long, new])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func revocationsAtOnceAllGetTheirOwnNumber(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        _ = try await test.store.revoke(
                            UserID(trusted: "user-\(number)"), .issuedBefore(test.clock.now))
                    }
                }
                try await group.waitForAll()
            }
            let all = try await test.store.revocations(after: 0, limit: 1000)
            #expect(Set(all.map(\.number)).count == 100 && all.map(\.number) == all.map(\.number).sorted())
            #expect(Set(all.map(\.user)).count == 100)
        }
    }
}
