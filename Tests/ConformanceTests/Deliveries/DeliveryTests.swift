import Foundation
import PealCore
import PealPipeline
import PealSQL
import Testing

@testable import PealSQLite

/// What is to leave Peal.
@Suite struct DeliveryTests {
    /// On every channel after ten seconds; what is called `later` is gathered until a fixed time.
    private struct TestPlanner: DeliveryPlanning {
        static let slot = Timestamp(milliseconds: 1_768_473_060_000)
        var channels: [DeliveryChannel] = [.email]

        func plan(
            _ type: String, on channel: DeliveryChannel, for preferences: Preferences?, timezone: String?,
            at now: Timestamp
        ) -> DeliveryPlan? {
            switch type {
            case "quiet": nil
            case "later": .digest(at: Self.slot)
            default: .alone(at: now + .seconds(10))
            }
        }
    }

    private func with(
        _ driver: StoreDriver, _ channels: [DeliveryChannel] = [.email], _ body: (TestStore) async throws -> Void
    ) async throws {
        try await withStore(driver, planner: TestPlanner(channels: channels), body)
    }

    private func ids(_ deliveries: [Delivery]) -> [NotificationID] { deliveries.map(\.id) }

    @Test(arguments: StoreDriver.allCases)
    func aNotificationAndItsDeliveryAreOne(_ driver: StoreDriver) async throws {
        try await with(driver, [.push, .email]) { test in
            let row = try #require(try await test.send(.plain(maria)).notificationID)
            try await test.send(.plain(maria, type: "quiet"))
            try await test.reopen()
            let found = try await test.store.deliveries(DeliveryQuery())
            #expect(Set(found.map(\.channel)) == [.push, .email] && found.count == 2)
            for delivery in found {
                #expect(delivery.notifications == [row] && delivery.user == maria && !delivery.isDigest)
                #expect(delivery.plannedAt == test.clock.now + .seconds(10) && delivery.dueAt == delivery.plannedAt)
                #expect(delivery.state == .pending && delivery.token == 0 && delivery.createdAt == test.clock.now)
                #expect(try await test.store.delivery(delivery.id) == delivery)
            }
            #expect(try await test.store.pendingDeliveryCount() == 2)
            let early = try await test.store.dueDeliveries(at: test.clock.now, limit: 9)
            #expect(early == DueDeliveries(entries: [], next: test.clock.now + .seconds(10)))
            let due = try await test.store.dueDeliveries(at: test.clock.now + .seconds(10), limit: 9)
            #expect(due.ids == ids(found).sorted() && due.next == nil && due.entries.allSatisfy { $0.user == maria })
        }
    }

    /// Whatever an event allows, no more than its reader wants.
    @Test(arguments: StoreDriver.allCases)
    func anEventSaysHowItMayLeave(_ driver: StoreDriver) async throws {
        try await with(driver, [.push, .email]) { test in
            var event = Event.plain(maria)
            event.channels = [.inApp, .email]
            try await test.send(event)
            event.channels = [.inApp]
            try await test.send(event)
            #expect(try await test.store.deliveries(DeliveryQuery()).map(\.channel) == [.email])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func oneIsPendingForANotification(_ driver: StoreDriver) async throws {
        try await with(driver) { test in
            for actor in ["a", "b", "c"] { try await test.send(.like(maria, by: actor)) }
            let first = try #require(try await test.store.deliveries(DeliveryQuery()).first)
            #expect(try await test.store.deliveries(DeliveryQuery()).count == 1)
            test.clock.advance(by: .seconds(10))
            let claimed = try await test.claim([first.id])
            try await test.complete(claimed[0], .sent)
            // It has been told; what comes now is another matter.
            try await test.send(.like(maria, by: "d"))
            #expect(try await test.store.deliveries(DeliveryQuery(state: .pending)).count == 1)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aDigestGathersUntilItIsClaimed(_ driver: StoreDriver) async throws {
        try await with(driver, [.push, .email]) { test in
            var rows: [NotificationID] = []
            for _ in 0..<3 {
                rows.append(try #require(try await test.send(.plain(maria, type: "later")).notificationID))
            }
            try await test.send(.plain(joao, type: "later"))
            let own = try await test.store.deliveries(DeliveryQuery(user: maria))
            #expect(own.count == 2 && own.allSatisfy { $0.isDigest && $0.notifications == rows.sorted() })
            #expect(own.allSatisfy { $0.plannedAt == TestPlanner.slot })
            test.clock.advance(by: .seconds(60))
            _ = try await test.claim(ids(own))
            try await test.send(.plain(maria, type: "later"))
            let after = try await test.store.deliveries(DeliveryQuery(user: maria, state: .pending))
            #expect(after.map(\.notifications.count).sorted() == [1, 1, 3, 3])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aDigestDoesNotGrowWithoutEnd(_ driver: StoreDriver) async throws {
        try await with(driver) { test in
            for _ in 0..<Delivery.itemLimit + 5 { try await test.send(.plain(maria, type: "later")) }
            let found = try await test.store.deliveries(DeliveryQuery())
            #expect(found.count == 1 && found[0].notifications.count == Delivery.itemLimit)
        }
    }

    // MARK: Claims

    @Test(arguments: StoreDriver.allCases)
    func aClaimFencesOthersOff(_ driver: StoreDriver) async throws {
        try await with(driver) { test in
            try await test.send(.plain(maria))
            let id = try #require(try await test.store.deliveries(DeliveryQuery()).first?.id)
            #expect(try await test.claim([id]).isEmpty, "its time has not come")
            test.clock.advance(by: .seconds(10))
            let first = try await test.claim([id, NotificationID(high: 1, low: 1)])
            #expect(first.map(\.token) == [1])
            #expect(try await test.claim([id]).isEmpty, "somebody has it")
            #expect(try await test.store.dueDeliveries(at: test.clock.now, limit: 9).ids.isEmpty)
            // The claim ends; whoever held it may say nothing any more.
            test.clock.advance(by: .seconds(60))
            try await test.reopen()
            let second = try await test.claim([id])
            #expect(second.map(\.token) == [2])
            let late = Mutation.delivery(.complete(id, token: 1, .failed(reason: "x")))
            #expect(code(of: await test.store.write([late])[0]) == .conflict)
            let done = try await test.complete(second[0], .sent)
            #expect(done.state == .sent && done.finishedAt == test.clock.now && done.dueAt == nil)
            #expect(code(of: await test.store.write([.delivery(.complete(id, token: 2, .sent))])[0]) == .conflict)
            #expect(try await test.store.pendingDeliveryCount() == 0)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatFailsIsTriedAgainOrGivenUp(_ driver: StoreDriver) async throws {
        try await with(driver) { test in
            try await test.send(.plain(maria))
            let id = try #require(try await test.store.deliveries(DeliveryQuery()).first?.id)
            test.clock.advance(by: .seconds(10))
            let next = test.clock.now + .seconds(7)
            var delivery = try await test.complete(try await test.claim([id])[0], .later(next, reason: "busy"))
            #expect(delivery.failures == 1 && delivery.reason == "busy" && delivery.dueAt == next)
            #expect(code(of: await test.store.write([.delivery(.retry(id))])[0]) == .conflict, "it is pending")
            test.clock.advance(by: .seconds(7))
            let later = test.clock.now + .seconds(9)
            delivery = try await test.complete(try await test.claim([id])[0], .later(later, reason: nil))
            #expect(delivery.failures == 1, "held back is not failed")
            test.clock.advance(by: .seconds(9))
            delivery = try await test.complete(try await test.claim([id])[0], .failed(reason: "gone"))
            #expect(delivery.state == .failed && delivery.failures == 2)
            test.clock.advance(by: .seconds(1))
            guard case .deliveries(let again) = try await test.write(.delivery(.retry(id))) else {
                throw UnexpectedAnswer()
            }
            #expect(again[0].state == .pending && again[0].dueAt == test.clock.now && again[0].failures == 0)
            #expect(try await test.complete(try await test.claim([id])[0], .skipped(reason: "read")).state == .skipped)
            let unknown = NotificationID(high: 1, low: 1)
            #expect(code(of: await test.store.write([.delivery(.retry(unknown))])[0]) == .notFound)
        }
    }

    // MARK: Reading

    @Test(arguments: StoreDriver.allCases)
    func whatThereIsToTellIsReadAtOnce(_ driver: StoreDriver) async throws {
        try await with(driver) { test in
            try await test.write(.profile(UserProfile(user: maria, name: "Maria", email: "m@a.example")))
            var rows: [NotificationID?] = []
            for _ in 0..<3 { rows.append(try await test.send(.plain(maria, type: "later")).notificationID) }
            try await test.apply(.read, to: rows[0])
            try await test.apply(.delete, to: rows[1])
            let id = try #require(try await test.store.deliveries(DeliveryQuery()).first?.id)
            let content = try #require(try await test.store.content(ofDelivery: id))
            #expect(content.rows.map(\.id) == [rows[0], rows[2]].compactMap(\.self).sorted() || driver == .memory)
            #expect(content.rows.filter { $0.standing == .active && !$0.isRead }.map(\.id) == [rows[2]])
            #expect(content.inbox.unreadCount == 1 && content.profile?.email == "m@a.example")
            try await test.mark(.readAll)
            let folded = try #require(try await test.store.content(ofDelivery: id))
            #expect(folded.rows.allSatisfy { $0.isRead || $0.standing == .deleted })
            #expect(try await test.store.content(ofDelivery: NotificationID(high: 1, low: 1)) == nil)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func listsArePagedAndFiltered(_ driver: StoreDriver) async throws {
        try await with(driver, [.push, .email]) { test in
            for user in [maria, joao, maria] { try await test.send(.plain(user)) }
            let all = try await test.store.deliveries(DeliveryQuery())
            #expect(all.count == 6 && ids(all) == ids(all).sorted(by: >))
            #expect(ids(try await test.store.deliveries(DeliveryQuery(limit: 2))) == Array(ids(all).prefix(2)))
            #expect(
                ids(try await test.store.deliveries(DeliveryQuery(after: all[1].id, limit: 3)))
                    == Array(ids(all)[2..<5]))
            let push = try await test.store.deliveries(DeliveryQuery(user: maria, channel: .push))
            #expect(ids(push) == ids(all.filter { $0.user == maria && $0.channel == .push }))
            #expect(try await test.store.deliveries(DeliveryQuery(state: .sent)).isEmpty)
            test.clock.advance(by: .seconds(10))
            try await test.complete(try await test.claim([all[3].id])[0], .sent)
            #expect(ids(try await test.store.deliveries(DeliveryQuery(state: .sent))) == [all[3].id])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func thoseThatAreOverAreForgotten(_ driver: StoreDriver) async throws {
        try await with(driver) { test in
            for _ in 0..<3 { try await test.send(.plain(maria)) }
            test.clock.advance(by: .seconds(10))
            let all = try await test.store.deliveries(DeliveryQuery())
            for delivery in try await test.claim(ids(all).dropLast()) { try await test.complete(delivery, .sent) }
            test.clock.advance(by: .seconds(1))
            try await test.write(.delivery(.forget(before: test.clock.now, limit: 1)))
            #expect(try await test.store.deliveries(DeliveryQuery()).count == 2)
            try await test.write(.delivery(.forget(before: test.clock.now, limit: 9)))
            #expect(ids(try await test.store.deliveries(DeliveryQuery())) == [all[2].id], "what is pending stays")
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func nobodyWritesToWhoIsErased(_ driver: StoreDriver) async throws {
        try await with(driver) { test in
            let eva = UserID(trusted: "eva-4711")
            for _ in 0..<150 { try await test.send(.plain(eva)) }
            try await test.send(.plain(maria))
            try await test.erase(eva)
            #expect(try await test.store.deliveries(DeliveryQuery(limit: 999)).map(\.user) == [maria])
            // Its seq goes on, so that clients notice.
            #expect(try test.places(of: eva.rawValue).filter { !$0.hasPrefix("inboxes.") } == [])
            if driver == .sqlite {
                #expect(try test.plan(of: "SELECT count(*) FROM delivery_items").count == 1)
                #expect(try test.count("delivery_items") == 1, "what they told of goes with them")
            }
        }
    }

    @Test(arguments: [
        DeliveryTable.pendingQuery, DeliveryTable.digestQuery, DeliveryQueries.dueQuery, DeliveryQueries.allQuery,
        DeliveryQueries.ofUserQuery, DeliveryQueries.inStateQuery,
    ])
    func everyQueryHasItsIndex(_ query: String) async throws {
        try await withStore(.sqlite) { test in
            let plan = try test.plan(of: query)
            let isIndexed = plan.allSatisfy { $0.hasPrefix("SEARCH") || $0.hasPrefix("CORRELATED") }
            #expect(!plan.isEmpty && isIndexed, "\(plan)")
        }
    }
}

extension TestStore {
    func claim(_ ids: some Sequence<NotificationID>) async throws -> [Delivery] {
        let end = clock.now + .seconds(60)
        guard case .deliveries(let claimed) = try await write(.delivery(.claim(Array(ids), until: end))) else {
            throw UnexpectedAnswer()
        }
        return claimed
    }

    @discardableResult
    func complete(_ delivery: Delivery, _ outcome: DeliveryOutcome) async throws -> Delivery {
        let command = DeliveryCommand.complete(delivery.id, token: delivery.token, outcome)
        guard case .deliveries(let changed) = try await write(.delivery(command)) else { throw UnexpectedAnswer() }
        return try #require(changed.first)
    }

    /// Rows of a table of SQLite.
    func count(_ table: String) throws -> Int {
        let connection = try SQLConnection(path: directory.path + "/peal.db", role: .reader)
        defer { connection.close() }
        let statement = try connection.prepare("SELECT count(*) FROM \(table)")
        defer { statement.reset() }
        return try statement.next() ? Int(statement.integer()) : -1
    }
}
