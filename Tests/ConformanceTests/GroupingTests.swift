import PealCore
import Testing

@Suite struct GroupingTests {
    @Test(arguments: StoreDriver.allCases)
    func actorsAreDistinctAndCountedExactly(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var last: Outcome?
            for number in [1, 2, 3, 2, 4, 5, 1, 4, 6] { last = try await test.send(.like(maria, by: "user\(number)")) }
            let row = try await test.row(last?.notificationID)
            #expect(last?.kind == .aggregated && last?.seq == 9)
            #expect(row.actorCount == 6 && row.eventCount == 9)
            #expect(row.actors.map(\.id) == ["user6", "user4", "user1"])
            #expect(row.message == "user6,user4,user1 of 6")
            try await test.reopen()
            try await test.send(.like(maria, by: "user3"))
            #expect(try await test.row(last?.notificationID).actorCount == 6)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func actorsAreTheirBytes(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for actor in ["caf\u{E9}", "cafe\u{301}", "a", "b", "caf\u{E9}", "cafe\u{301}"] {
                try await test.send(.like(maria, by: actor))
            }
            #expect(try await test.list().map(\.actorCount) == [4])
            try await test.send(.like(maria, by: "a", target: "caf\u{E9}"))
            try await test.send(.like(maria, by: "b", target: "cafe\u{301}"))
            #expect(try await test.list().count == 3)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func anEventWithoutActorOpensAGroupToo(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for actor in [nil, "a", nil, "b", "c", "d", "a", nil] {
                try await test.send(.plain(maria, actor: actor, group: "g"))
            }
            let row = try #require(try await test.list().first)
            #expect(row.actorCount == 4 && row.eventCount == 8 && row.actors.map(\.id) == ["a", "d", "c"])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theWindowRunsFromTheLastEvent(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(.like(maria, by: "a"))
            test.clock.advance(by: .seconds(300))
            #expect(try await test.send(.like(maria, by: "b")).kind == .aggregated)
            test.clock.advance(by: .seconds(300))
            #expect(try await test.send(.like(maria, by: "c")).kind == .aggregated)
            test.clock.advance(by: .milliseconds(300_001))
            #expect(try await test.send(.like(maria, by: "d")).kind == .created)
            #expect(try await test.send(.like(maria, by: "e")).kind == .aggregated)
            #expect(try await test.list().map(\.actorCount) == [2, 3])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func agesAndNumbersAreLimited(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let policy = GroupingPolicy(window: .seconds(60), maximumAge: .seconds(100), maximumEvents: 3)
            var kinds: [Outcome.Kind] = []
            for actor in ["a", "b", "c", "d"] {
                try await kinds.append(test.send(.like(maria, by: actor, policy: policy)).kind)
            }
            for actor in ["e", "f", "g"] {
                test.clock.advance(by: .seconds(40))
                try await kinds.append(test.send(.like(maria, by: actor, target: "7", policy: policy)).kind)
            }
            test.clock.advance(by: .seconds(40))
            let unlimited = GroupingPolicy(window: .seconds(60), maximumAge: .seconds(100))
            try await kinds.append(test.send(.like(maria, by: "h", target: "7", policy: unlimited)).kind)
            #expect(
                kinds == [.created, .aggregated, .aggregated, .created, .created, .aggregated, .aggregated, .created])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatWasReadStaysAsItWasRead(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = try await test.send(.like(maria, by: "a"))
            try await test.apply(.read, to: first.notificationID)
            let second = try await test.send(.like(maria, by: "b"))
            #expect(second.kind == .created)
            try await test.mark(.readAll)
            let third = try await test.send(.like(maria, by: "c"))
            #expect(third.kind == .created)
            try await test.apply(.archive, to: third.notificationID)
            let fourth = try await test.send(.like(maria, by: "d"))
            #expect(fourth.kind == .created)
            #expect(try await test.counts() == [1, 1])
            #expect(try await test.row(first.notificationID).actorCount == 1)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func onlyTheNewestRowOfAGroupTakesEvents(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = try await test.send(.like(maria, by: "a"))
            try await test.apply(.read, to: first.notificationID)
            let second = try await test.send(.like(maria, by: "b"))
            try await test.apply(.read, to: second.notificationID)
            try await test.apply(.unread, to: first.notificationID)
            #expect(try await test.send(.like(maria, by: "c")).kind == .created)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aDeletedRowLeavesItsGroup(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = try await test.send(.like(maria, by: "a"))
            try await test.apply(.read, to: first.notificationID)
            let second = try await test.send(.like(maria, by: "b"))
            try await test.apply(.unread, to: first.notificationID)
            try await test.apply(.delete, to: second.notificationID)
            let third = try await test.send(.like(maria, by: "c"))
            #expect(third.kind == .aggregated && third.notificationID == first.notificationID)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aSeenRowBecomesUnseenButNotMoreUnread(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.like(maria, by: "a")).notificationID
            try await test.mark(.seenAll)
            #expect(try await test.counts() == [1, 0])
            try await test.send(.like(maria, by: "b"))
            #expect(try await test.counts() == [1, 1])
            try await test.apply(.seen, to: id)
            try await test.send(.like(maria, by: "c"))
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theNewestEventDecidesTextAndLink(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var event = Event.like(maria, by: "a")
            (event.title, event.message, event.url, event.metadata) = ("Own", "text", "/1", #"{"n":1}"#)
            let id = try await test.send(event).notificationID
            #expect(try await test.row(id).hasOwnText)
            (event.title, event.message, event.url, event.metadata) = (nil, nil, nil, "{}")
            try await test.send(event)
            let row = try await test.row(id)
            #expect(row.title == "like -" && row.message == "a of 1" && !row.hasOwnText)
            #expect(row.url == "/1" && row.metadata == #"{"n":1}"#)
            (event.url, event.metadata) = ("/2", #"{"n":2}"#)
            try await test.send(event)
            #expect(try await test.row(id).url == "/2")
            #expect(try await test.row(id).metadata == #"{"n":2}"#)
        }
    }
}
