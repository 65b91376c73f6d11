import PealCore
import PealSQL
import Testing

/// What waits, as it is read.
@Suite struct ScheduleListTests {
    @Test(arguments: StoreDriver.allCases)
    func pagesFollowTheOrderOfSending(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var expected: [Schedule.Position] = []
            for number in 0..<25 {
                let seconds = [30, 10, 20, 10][number % 4]
                let user = number % 5 == 0 ? joao : maria
                let id = try await test.scheduleID(.plain(user), in: seconds)
                expected.append(Schedule.Position(sendAt: test.clock.now + .seconds(seconds), id: id))
            }
            expected.sort()
            try await test.reopen()
            for limit in [1, 4, 24, 25, 26] {
                var query = ScheduleQuery(limit: limit)
                var found: [Schedule.Position] = []
                repeat {
                    let page = try await test.store.schedules(query)
                    #expect(page.schedules.count <= limit && page.hasMore == (page.next != nil))
                    found += page.schedules.map(\.position)
                    query.after = page.next
                } while query.after != nil
                #expect(found == expected)
            }
            var query = ScheduleQuery(user: joao, limit: 2)
            var users: [[Event.Recipient]] = []
            repeat {
                let page = try await test.store.schedules(query)
                users += page.schedules.map(\.event.recipients)
                query.after = page.next
            } while query.after != nil
            #expect(users == Array(repeating: [Event.Recipient(joao)], count: 5))
            #expect(try await test.store.schedules(ScheduleQuery(user: UserID(trusted: "x"))).schedules.isEmpty)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatIsDueIsFoundInItsOrderAndTheNextTimeIsKnown(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let now = test.clock.now
            #expect(
                try await test.store.dueSchedules(at: now, after: nil, limit: 9)
                    == DueSchedules(positions: [], next: nil))
            var ids: [NotificationID] = []
            for seconds in [3, 1, 2, 1] { ids.append(try await test.scheduleID(.plain(maria), in: seconds)) }
            let ordered = [ids[1], ids[3], ids[2], ids[0]]
            func due(_ seconds: Int, after: Schedule.Position? = nil, limit: Int = 9) async throws -> DueSchedules {
                try await test.store.dueSchedules(at: now + .seconds(seconds), after: after, limit: limit)
            }
            #expect(try await due(0) == DueSchedules(positions: [], next: now + .seconds(1)))
            #expect(try await due(1).positions.map(\.id) == Array(ordered[..<2]))
            #expect(try await due(1).next == now + .seconds(2))
            let page = try await due(9, limit: 2)
            #expect(page.positions.map(\.id) == Array(ordered[..<2]) && page.next == nil)
            let rest = try await due(9, after: page.positions.last, limit: 9)
            #expect(rest.positions.map(\.id) == Array(ordered[2...]) && rest.next == nil)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aThousandRecipientsWaitAsOne(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = (0..<1000).map { UserID(trusted: "user-\($0)") }
            var event = Event.plain(type: "news")
            event.recipients = users.map { Event.Recipient($0) }
            let id = try await test.scheduleID(event, in: 1)
            #expect(try await test.store.schedule(id)?.event.recipients.map(\.user) == users)
            test.clock.advance(by: .seconds(1))
            #expect(try await test.sendDue(id).map(\.user) == users)
            for user in [users[0], users[999]] { #expect(try await test.counts(of: user) == [1, 1]) }
        }
    }
}
