import PealCore
import PealPipeline
import PealSQL
import Testing

/// An erasure that is interrupted, repeated, or met by other writers.
@Suite struct EraseStepTests {
    private let eva = UserID(trusted: "eva")

    @Test(arguments: StoreDriver.allCases)
    func theFirstStepEmptiesTheInboxAtOnce(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for _ in 0..<700 { try await test.send(.plain(eva)) }
            let begun = try await test.erase(.begin(eva, alias: "x"))
            #expect(begun.erasure.removed.notifications == 0)
            #expect(try await test.list(of: eva).isEmpty)
            #expect(try await test.counts(of: eva) == [0, 0])
            // What comes meanwhile is not touched.
            let kept = try await test.send(.plain(eva))
            var removed: [Int] = []
            repeat { removed.append(try await test.erase(.purge(eva, limit: 256)).changed) } while removed.last == 256
            #expect(removed == [256, 256, 188])
            #expect(try await test.list(of: eva).map(\.id) == [kept.notificationID])
            #expect(try await test.counts(of: eva) == [1, 1])
            #expect(try await test.store.erasures().first?.removed.notifications == 700)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func itGoesOnWhereAnEarlierProcessEnded(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for _ in 0..<600 { try await test.send(.plain(eva)) }
            for number in 0..<600 { try await test.send(.plain(UserID(trusted: "u\(number)"), actor: "eva")) }
            let stopped = try await Eraser(store: test.store, patience: .zero).erase(eva)
            #expect(!stopped.isDone && stopped.erasure.removed.notifications == 0)
            _ = try await test.erase(.purge(eva, limit: 100))
            let open = try #require(try await test.store.erasures().first)
            let traces = try await test.store.traces(of: open, limit: 50)
            #expect(traces.rows.count == 50 && !traces.next.isAtEnd)
            _ = try await test.erase(.anonymise(eva, round: 1, traces))
            try await test.reopen()
            let found = try #require(try await test.store.erasures().first)
            #expect(found.alias == stopped.erasure.alias)
            #expect(found.removed == Erasure.Removed(notifications: 100, mentions: 50))
            await Eraser(store: test.store).finishAll()
            #expect(try await test.store.erasures().isEmpty)
            #expect(try test.places(of: "eva").allSatisfy { $0.hasPrefix("inboxes.user") })
            for number in [0, 49, 50, 599] {
                let row = try #require(try await test.list(of: UserID(trusted: "u\(number)")).first)
                #expect(row.actors == [Actor(id: found.alias, name: "Alguém")])
            }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func askedForAgainItBeginsAnewUnderTheSameAlias(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(.plain(eva))
            let first = try await test.erase(.begin(eva, alias: "first")).erasure
            let traces = try await test.store.traces(of: first, limit: 256)
            try await test.send(.plain(eva))
            try await test.send(.plain(maria, actor: "eva"))
            let second = try await test.erase(.begin(eva, alias: "second")).erasure
            #expect(second.alias == "first" && second.round == 2)
            // A step of the first round does not let the second pass over what is new.
            let late = try await test.erase(.anonymise(eva, round: 1, traces)).erasure
            #expect(late.position == Erasure.Position())
            #expect(try await test.erase(.end(eva, round: 1)).changed == 0)
            await Eraser(store: test.store).finishAll()
            #expect(try await test.store.erasures().isEmpty)
            #expect(try await test.list().first?.actors.first?.id == "first")
            #expect(try await test.counts(of: eva) == [0, 0])
            await #expect(throws: StoreError.self) { try await test.erase(.purge(eva, limit: 1)) }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func writersMeanwhileLoseNothing(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for number in 0..<300 { try await test.send(.plain(number.isMultiple(of: 2) ? eva : maria, actor: "eva")) }
            async let erased = Eraser(store: test.store, patience: .seconds(60)).erase(eva)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask { try await test.send(.plain(maria, joao, type: "t\(number % 3)", actor: "ana")) }
                }
                try await group.waitForAll()
            }
            #expect(try await erased.isDone)
            #expect(try await test.list().count == 200)
            #expect(try await test.store.counts(of: maria, type: nil).sum.total == 350)
            for user in [maria, joao, eva] {
                _ = try await test.counts(of: user)
                var head: Seq = 0
                for publication in test.sink.publications where publication.user == user {
                    #expect(publication.from == head && publication.seq > head)
                    head = publication.seq
                }
                #expect(try await test.store.inbox(of: user).seq == head)
            }
        }
    }
}
