import PealCore
import PealSQL
import Testing

@testable import PealSQLite

/// What is left in schedules of a user who is erased.
@Suite struct ScheduleEraseTests {
    private let eva = UserID(trusted: "eva-4711")

    @Test(arguments: StoreDriver.allCases)
    func nothingWaitsForThemAnyMore(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var own = Event.plain(eva, type: "news")
            own.message = "windmill"
            for _ in 0..<300 { try await test.schedule(own, in: 60) }
            let shared = try await test.scheduleID(.plain(maria, eva, joao), in: 60)
            let others = try await test.scheduleID(.plain(maria), in: 60)
            let erasure = try await test.erase(eva)
            #expect(erasure.removed.records == 301)
            #expect(try await test.waiting(for: eva).isEmpty)
            #expect(try await test.waiting().map(\.id) == [shared, others])
            #expect(try await test.store.schedule(shared)?.event.recipients.map(\.user) == [maria, joao])
            for text in ["windmill", eva.rawValue] { #expect(try test.places(of: text).isEmpty, "\(text)") }
            test.clock.advance(by: .seconds(60))
            try await test.sendAllDue()
            #expect(try await test.store.inbox(of: eva) == Inbox())
            #expect(try await test.counts() == [2, 2])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func asActorTheyHaveNoName(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.write(.profile(UserProfile(user: maria, locale: "en")))
            var event = Event.plain(maria, type: "comment", actor: eva.rawValue, group: "g")
            event.actor?.name = "Eva Quixote"
            event.excerpt = "what Eva wrote"
            event.title = "Eva Quixote wrote"
            let id = try await test.scheduleID(event, in: 60)
            let erasure = try await test.erase(eva)
            #expect(erasure.removed.mentions == 1)
            let left = try #require(try await test.store.schedule(id)?.event)
            #expect(left.actor == Actor(id: erasure.alias, name: "Someone"))
            #expect(left.title == "Someone wrote" && left.excerpt == nil)
            for text in ["Eva", eva.rawValue] { #expect(try test.places(of: text).isEmpty, "\(text)") }
            test.clock.advance(by: .seconds(60))
            try await test.sendAllDue()
            #expect(try await test.list().map(\.message) == ["Someone of 1"])
        }
    }

    /// Between the first step and the last nothing from before arrives.
    @Test(arguments: StoreDriver.allCases)
    func whatIsDueMeanwhileIsNotSent(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for _ in 0..<100 { try await test.schedule(.plain(eva, maria), in: 1) }
            _ = try await test.erase(.begin(eva, alias: "x"))
            test.clock.advance(by: .seconds(1))
            // Accepted after the erasure began, it is another matter.
            let later = try await test.scheduleID(.plain(eva), in: 1)
            test.clock.advance(by: .seconds(1))
            #expect(try await test.store.schedule(later) != nil)
            try await test.sendAllDue()
            #expect(try await test.counts(of: eva) == [1, 1])
            #expect(try await test.counts(of: maria) == [100, 100])
        }
    }

    /// The names of recipients go from remembered answers too.
    @Test(arguments: StoreDriver.allCases)
    func answersKeepNoName(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let key = IdempotencyKey(source: "http", caller: "app", key: "k", fingerprint: 1)
            let first = try await test.schedule(.plain(eva, maria), in: 60, key: key)
            let erasure = try await test.erase(eva)
            var expected = first
            expected[0].user = UserID(trusted: erasure.alias)
            #expect(try await test.schedule(.plain(eva, maria), in: 60, key: key) == expected)
        }
    }

    @Test func aDatabaseFromBeforeIsBroughtUpToDate() async throws {
        try await withDirectory { directory in
            try await directory.withStore { try await $0.send(.plain(maria)) }
            try directory.execute("DROP TABLE schedules")
            try directory.execute("DROP TABLE schedule_recipients")
            try directory.execute("DELETE FROM grdb_migrations WHERE identifier = '0004 schedules'")
            try await directory.withStore { store in
                #expect(try await store.inbox(of: maria).seq == 1)
                #expect(try await store.scheduleCount() == 0)
                let ingest = Ingest(event: .plain(maria), sendAt: Timestamp(seconds: 1_768_473_060))
                _ = try await store.write([.ingest(ingest)])[0].get()
                #expect(try await store.scheduleCount() == 1)
            }
        }
    }

    /// Neither lost nor doubled: the sending and the removal are one transaction.
    @Test func aSendingThatIsRolledBackChangedNothing() async throws {
        try await withDirectory { directory in
            let event = Event.plain(maria)
            let schedule = try await directory.withStore { store in
                let ingest = Ingest(event: event, sendAt: Timestamp(seconds: 1_768_473_001))
                _ = try await store.write([.ingest(ingest)])[0].get()
                return try await store.schedules(ScheduleQuery()).schedules[0]
            }
            // The clock of these stores stands still.
            for table in ["schedules", "schedule_recipients"] {
                try directory.execute("UPDATE \(table) SET send_at = send_at - 1000")
            }
            try directory.execute(
                "CREATE TRIGGER fault BEFORE DELETE ON schedule_recipients BEGIN SELECT raise(FAIL, 'no'); END")
            try await directory.withStore { store async throws in
                let result = await store.write([.schedule(.send(schedule.id))])[0]
                #expect(throws: StoreError.self) { try result.get() }
                #expect(try await store.inbox(of: maria) == Inbox())
                #expect(try await store.scheduleCount() == 1)
            }
            try directory.execute("DROP TRIGGER fault")
            try await directory.withStore { store in
                _ = try await store.write([.schedule(.send(schedule.id))])[0].get()
                #expect(try await store.inbox(of: maria).seq == 1)
                #expect(try await store.scheduleCount() == 0)
            }
        }
    }
}
