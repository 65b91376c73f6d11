import PealCore
import PealSQL
import Testing

/// Events that wait for their time.
@Suite struct ScheduleTests {
    private func key(_ key: String, fingerprint: UInt64 = 1) -> IdempotencyKey {
        IdempotencyKey(source: "http", caller: "app", key: key, fingerprint: fingerprint)
    }

    private func like(_ actor: String, _ users: UserID..., target: String = "42", at time: Timestamp? = nil) -> Event {
        Event(
            type: "like", recipients: users.map { Event.Recipient($0) }, actor: Actor(id: actor),
            target: Event.Target(type: "post", id: target), occurredAt: time, groupKey: "like:\(target)")
    }

    private func unlike(_ actor: String, _ users: UserID..., target: String = "42") -> Mutation {
        .retract(
            Retraction(
                type: "like", actorID: actor, target: .exactly(Event.Target(type: "post", id: target)), users: users))
    }

    @Test(arguments: StoreDriver.allCases)
    func nobodyIsNotifiedBeforeTheTime(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let event = Event(
                type: "invoice", recipients: [Event.Recipient(maria), Event.Recipient(joao)],
                actor: Actor(id: "ana", name: "Ana"), target: Event.Target(type: "bill", id: "7"), title: "t",
                message: "m", excerpt: "e", url: "/bill/7", priority: .high, metadata: #"{"a":[1.50,"é"]}"#,
                expiresAt: test.clock.now + .seconds(999), occurredAt: test.clock.now, wantsReceipt: true,
                groupKey: "g", grouping: GroupingPolicy(window: .milliseconds(1500), maximumEvents: 3))
            let outcomes = try await test.schedule(event, in: 60)
            #expect(outcomes.map(\.kind) == [.scheduled, .scheduled] && outcomes.map(\.user) == [maria, joao])
            #expect(outcomes.allSatisfy { $0.notificationID == nil && $0.seq == 0 })
            #expect(outcomes[0].sendAt == test.clock.now + .seconds(60))
            let id = try #require(outcomes[0].scheduleID)
            #expect(outcomes[1].scheduleID == id)
            #expect(test.sink.publications.isEmpty)
            #expect(try await test.store.inbox(of: maria) == Inbox())
            let waits = Schedule(
                id: id, sendAt: test.clock.now + .seconds(60), createdAt: test.clock.now, event: event)
            try await test.reopen()
            #expect(try await test.waiting() == [waits])
            #expect(try await test.store.schedule(id) == waits)
            #expect(try await test.store.scheduleCount() == 1)
            // Its time has not come by the store's clock.
            test.clock.advance(by: .milliseconds(59_999))
            #expect(code(of: await test.store.write([.schedule(.send(id))])[0]) == .conflict)
            test.clock.advance(by: .milliseconds(1))
            let sent = try await test.sendDue(id)
            #expect(sent.map(\.kind) == [.created, .created] && sent.map(\.seq) == [1, 1])
            let row = try await test.row(sent[0].notificationID)
            #expect(row.title == "t" && row.message == "m" && row.url == "/bill/7" && row.priority == .high)
            #expect(row.metadata == #"{"a":[1.50,"é"]}"# && row.wantsReceipt && row.createdAt == test.clock.now)
            #expect(row.actors == [Actor(id: "ana", name: "Ana")] && row.targetID == "7" && row.groupKey == "g")
            #expect(try await test.waiting().isEmpty)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func itIsSentOnceAndOnlyOnce(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.scheduleID(.plain(maria), in: 1)
            test.clock.advance(by: .seconds(1))
            let results = await test.store.write([.schedule(.send(id)), .schedule(.send(id)), .schedule(.cancel(id))])
            #expect(code(of: results[0]) == nil)
            #expect(code(of: results[1]) == .notFound && code(of: results[2]) == .notFound)
            try await test.reopen()
            #expect(code(of: await test.store.write([.schedule(.send(id))])[0]) == .notFound)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatIsCancelledIsNotSent(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.scheduleID(.plain(maria, joao), in: 1)
            let other = try await test.scheduleID(.plain(maria), in: 1)
            guard case .cancelled(let schedule) = try await test.write(.schedule(.cancel(id))) else {
                throw UnexpectedAnswer()
            }
            #expect(schedule.id == id && schedule.event == .plain(maria, joao))
            #expect(code(of: await test.store.write([.schedule(.cancel(id))])[0]) == .notFound)
            #expect(try await test.store.schedule(id) == nil)
            #expect(try await test.waiting(for: joao).isEmpty)
            test.clock.advance(by: .seconds(1))
            #expect(code(of: await test.store.write([.schedule(.send(id))])[0]) == .notFound)
            try await test.sendDue(other)
            #expect(try await test.counts() == [1, 1])
        }
    }

    /// Both at once, many times: one of them wins, and the inbox agrees.
    @Test(arguments: StoreDriver.allCases)
    func aCancellationAndASendingHaveOneWinner(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<200 { ids.append(try await test.scheduleID(.plain(maria), in: 1)) }
            test.clock.advance(by: .seconds(1))
            let store = test.store
            let winners = await withTaskGroup(of: (Bool, Bool).self) { group in
                for id in ids {
                    group.addTask {
                        async let sent = store.write([.schedule(.send(id))])[0]
                        async let cancelled = store.write([.schedule(.cancel(id))])[0]
                        return (code(of: await sent) == nil, code(of: await cancelled) == nil)
                    }
                }
                var winners: [(Bool, Bool)] = []
                for await result in group { winners.append(result) }
                return winners
            }
            #expect(winners.allSatisfy { $0.0 != $0.1 })
            let sent = winners.count { $0.0 }
            #expect(try await test.counts() == [sent, sent])
            #expect(try await test.store.scheduleCount() == 0)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func repeatingARequestMakesNoSecondOne(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = try await test.schedule(.plain(maria, joao), in: 60, key: key("k"))
            try await test.reopen()
            test.clock.advance(by: .seconds(5))
            #expect(try await test.schedule(.plain(maria, joao), in: 55, key: key("k")) == first)
            #expect(try await test.store.scheduleCount() == 1)
            let other = Ingest(
                event: .plain(maria), idempotency: key("k", fingerprint: 2), sendAt: test.clock.now + .seconds(60))
            #expect(code(of: await test.store.write([.ingest(other)])[0]) == .idempotencyConflict)
            // Also when it has been sent meanwhile.
            test.clock.advance(by: .seconds(55))
            try await test.sendAllDue()
            #expect(try await test.schedule(.plain(maria, joao), in: 0, key: key("k")) == first)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theTimeDecides(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            #expect(try await test.schedule(.plain(maria), in: 0).map(\.kind) == [.created])
            #expect(try await test.schedule(.plain(maria), in: -60).map(\.kind) == [.created])
            // Whoever did it, what has expired, whom it joins and how it reads is known at the time.
            var event = like("ana", maria, UserID(trusted: "ana"))
            event.recipients[1].suppression = .own
            let id = try await test.scheduleID(event, in: 60)
            var short = like("bia", maria)
            short.expiresAt = test.clock.now + .seconds(61)
            let expiring = try await test.scheduleID(short, in: 60)
            test.clock.advance(by: .seconds(58))
            try await test.write(.profile(UserProfile(user: UserID(trusted: "ana"), name: "Ana")))
            let open = try await test.send(like("caio", maria))
            test.clock.advance(by: .seconds(3))
            let sent = try await test.sendDue(id)
            #expect(sent[0].kind == .aggregated && sent[0].notificationID == open.notificationID)
            #expect(sent[1].kind == .suppressed && sent[1].suppression == .own)
            #expect(try await test.row(open.notificationID).message == "Ana,caio of 2")
            #expect(try await test.sendDue(expiring).map(\.suppression) == [.expired])
        }
    }

    // MARK: Taking back

    @Test(arguments: StoreDriver.allCases)
    func whatIsTakenBackIsNotSent(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.scheduleID(like("ana", maria, joao), in: 60)
            let second = try await test.scheduleID(like("ana", maria), in: 50)
            let other = try await test.scheduleID(like("ana", maria, target: "43"), in: 60)
            let others = try await test.scheduleID(like("bia", maria), in: 60)
            try await test.reopen()
            guard case .retracted(let rows) = try await test.write(unlike("ana", maria)) else {
                throw UnexpectedAnswer()
            }
            #expect(
                rows
                    == [second, id].map {
                        RetractedRow(user: maria, id: $0, seq: 0, isRemoved: true, isSchedule: true)
                    })
            #expect(try await test.store.schedule(second) == nil)
            #expect(try await test.store.schedule(id)?.event.recipients == [Event.Recipient(joao)])
            let left = try await test.waiting(for: maria).map(\.id)
            #expect(Set(left) == [other, others])
            #expect(try await test.write(unlike("ana", maria)) == .retracted([]))
            // The last one out removes it.
            _ = try await test.write(unlike("ana", joao))
            #expect(try await test.store.schedule(id) == nil)
            #expect(try await test.store.scheduleCount() == 2)
            #expect(test.sink.publications.isEmpty)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatWasTakenBackBeforeIsNotKept(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let before = test.clock.now
            test.clock.advance(by: .seconds(1))
            try await test.write(unlike("ana", maria))
            let outcomes = try await test.schedule(like("ana", maria, joao, at: before), in: 7 * 86_400)
            #expect(outcomes.map(\.kind) == [.suppressed, .scheduled] && outcomes[0].suppression == .retracted)
            #expect(try await test.waiting().map(\.event.recipients) == [[Event.Recipient(joao)]])
            #expect(try await test.schedule(like("ana", maria, at: before), in: 60).map(\.kind) == [.suppressed])
            #expect(try await test.store.scheduleCount() == 1)
        }
    }

    /// Exactly one of both, whichever is first.
    @Test(arguments: StoreDriver.allCases)
    func aRetractionAfterTheSendingFindsTheRow(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.scheduleID(like("ana", maria), in: 1)
            test.clock.advance(by: .seconds(1))
            let results = await test.store.write([.schedule(.send(id)), unlike("ana", maria)])
            guard case .success(.retracted(let rows)) = results[1] else { throw UnexpectedAnswer() }
            #expect(rows.count == 1 && !rows[0].isSchedule && rows[0].isRemoved)
            #expect(try await test.counts() == [0, 0])
        }
    }
}
