import PealCore
import PealSQL
import Testing

/// What comes back, ends, is forgotten or was delivered, by the store's clock (RULES 3 and 4).
@Suite struct StateTests {
    private func snooze(_ id: NotificationID?, for duration: Duration, in test: TestStore) async throws -> Notification
    {
        let kind = InboxCommand.Kind.snooze([try #require(id)], until: test.clock.now + duration)
        return try #require(try await test.command(InboxCommand(user: maria, kind: kind)).rows.first)
    }

    private func settle(_ test: TestStore) async throws {
        for row in try await test.store.due(at: test.clock.now, limit: 100).rows {
            try await test.write(.settle(row.user, [row.id]))
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aSnoozedRowComesBackOnTopAndUnread(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.plain(maria)).notificationID
            try await test.apply(.read, to: id)
            let row = try await snooze(id, for: .seconds(60), in: test)
            #expect(row.standing == .snoozed && row.snoozedUntil == test.clock.now + .seconds(60))
            #expect(try await test.counts() == [0, 0])
            #expect(try await test.list().isEmpty)
            #expect(try await test.list(.unread).isEmpty)
            #expect(try await test.list(.snoozed).map(\.id) == [id])
            try await test.send(.plain(maria))
            // Marking everything does not reach it (RULES 3).
            try await test.mark(.readAll)
            test.clock.advance(by: .milliseconds(59_999))
            #expect(
                try await test.store.due(at: test.clock.now, limit: 10)
                    == DueRows(rows: [], next: row.snoozedUntil))
            try await test.write(.settle(maria, [try #require(id)]))
            #expect(try await test.list(.snoozed).count == 1)
            try await test.reopen()
            test.clock.advance(by: .milliseconds(1))
            try await settle(test)
            #expect(try await test.counts() == [1, 1])
            #expect(try await test.list().first?.id == id)
            #expect(try await test.row(id).snoozedUntil == nil)
            #expect(try await test.store.due(at: test.clock.now, limit: 10) == DueRows(rows: [], next: nil))
            guard case .updated(.unsnooze, _)? = test.sink.publications.last?.content else { throw UnexpectedAnswer() }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aSnoozeCanBeMovedAndEnded(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.plain(maria)).notificationID
            _ = try await snooze(id, for: .seconds(60), in: test)
            _ = try await snooze(id, for: .seconds(10), in: test)
            #expect(try await test.store.inbox(of: maria).seq == 3)
            // The same time again changes nothing.
            let kind = InboxCommand.Kind.snooze([try #require(id)], until: test.clock.now + .seconds(10))
            #expect(try await test.command(InboxCommand(user: maria, kind: kind)).count == 0)
            try await test.apply(.unsnooze, to: id)
            #expect(try await test.counts() == [1, 1])
            _ = try await snooze(id, for: .seconds(10), in: test)
            try await test.apply(.read, to: id)
            #expect(RowState(try await test.row(id)) == RowState(standing: .active, isRead: true, isSeen: true))
            #expect(try await test.counts() == [0, 0])
            test.clock.advance(by: .seconds(11))
            #expect(try await test.store.due(at: test.clock.now, limit: 10).rows.isEmpty)
        }
    }

    /// What happens while a row is out of sight is told in a row of its own.
    @Test(arguments: StoreDriver.allCases)
    func anEventDoesNotJoinASnoozedRow(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.like(maria, by: "a")).notificationID
            _ = try await snooze(id, for: .seconds(60), in: test)
            #expect(try await test.send(.like(maria, by: "b")).kind == .created)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aRowEndsAtItsTime(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var event = Event.plain(maria)
            event.expiresAt = test.clock.now + .seconds(5)
            let id = try await test.send(event).notificationID
            _ = try await snooze(id, for: .seconds(60), in: test)
            test.clock.advance(by: .seconds(5))
            try await settle(test)
            #expect(try await test.list(.snoozed).isEmpty)
            #expect(try await test.counts() == [0, 0])
            guard case .updated(.expire, _)? = test.sink.publications.last?.content else { throw UnexpectedAnswer() }
            // Too late to be told at all.
            #expect(try await test.send(event).suppression == .expired)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aGroupLivesAsLongAsItsLongest(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var event = Event.like(maria, by: "a")
            event.expiresAt = test.clock.now + .seconds(5)
            let id = try await test.send(event).notificationID
            event = .like(maria, by: "b")
            event.expiresAt = test.clock.now + .seconds(9)
            try await test.send(event)
            #expect(try await test.row(id).expiresAt == event.expiresAt)
            try await test.send(.like(maria, by: "c"))
            #expect(try await test.row(id).expiresAt == nil)
        }
    }

    // MARK: Retention

    @Test(arguments: StoreDriver.allCases)
    func oldRowsEndAndLeaveATraceForAWhile(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let policy = RetentionPolicy(maximumAge: .seconds(100), tombstoneAge: .seconds(50))
            for _ in 0..<3 { try await test.send(.plain(maria)) }
            test.clock.advance(by: .seconds(101))
            let kept = try await test.send(.plain(maria)).notificationID
            let step = try await test.store.retention(of: maria, policy, at: test.clock.now, limit: 2)
            #expect(step.stale.count == 2 && step.purgeable == 0)
            #expect(try await test.write(.retain(maria, step)) == .retained(expired: 2, purged: 0))
            #expect(try await test.counts() == [2, 2])
            // A row that has changed since it was found is left alone.
            let stale = try await test.store.retention(of: maria, policy, at: test.clock.now, limit: 2)
            try await test.apply(.seen, to: stale.stale.first?.id)
            #expect(try await test.write(.retain(maria, stale)) == .retained(expired: 0, purged: 0))
            test.clock.advance(by: .seconds(51))
            let last = try await test.store.retention(of: maria, policy, at: test.clock.now, limit: 10)
            #expect(try await test.write(.retain(maria, last)) == .retained(expired: 1, purged: 2))
            let inbox = try await test.store.inbox(of: maria)
            #expect(inbox.floor == 6 && inbox.seq == 8)
            #expect(try await test.list().map(\.id) == [kept])
            #expect(try await test.changes().map(\.seq) == [4, 8])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theOldestBeyondANumberEnd(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<6 {
                ids.append(try #require(try await test.send(.plain(maria)).notificationID))
                test.clock.advance(by: .seconds(1))
            }
            try await test.apply(.archive, to: ids[1])
            _ = try await snooze(ids[0], for: .seconds(1000), in: test)
            let step = try await test.store.retention(
                of: maria, RetentionPolicy(maximumRows: 3), at: test.clock.now, limit: 10)
            // A snoozed row is to come back.
            #expect(step.stale.map(\.id) == [ids[1], ids[2]])
        }
    }

    // MARK: Receipts

    @Test(arguments: StoreDriver.allCases)
    func actorsAreToldOfDeliveryAndReading(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var event = Event.plain(maria, type: "message", actor: "joao")
            event.wantsReceipt = true
            let id = try #require(try await test.send(event).notificationID)
            try await test.write(.deliver(maria, [id]))
            // A second session of the same user is no news.
            try await test.write(.deliver(maria, [id]))
            #expect(try await test.row(id).deliveredAt == test.clock.now)
            #expect(try await test.store.inbox(of: maria).seq == 2)
            #expect(try await test.counts() == [1, 1])
            test.clock.advance(by: .seconds(1))
            try await test.mark(.readAll)
            try await test.apply(.unread, to: id)
            try await test.apply(.read, to: id)
            let receipts = test.sink.publications.compactMap { publication -> String? in
                guard case .receipt(let receipt) = publication.content else { return nil }
                #expect(receipt.reader == maria && receipt.notification == id && publication.user == joao)
                return receipt.status.rawValue
            }
            #expect(receipts == ["delivered", "read", "read"])
            // One that did not ask for it gets none.
            let other = try await test.send(.plain(maria, actor: "joao")).notificationID
            try await test.write(.deliver(maria, [try #require(other)]))
            #expect(try await test.row(other).deliveredAt == nil)
        }
    }

    /// What nothing but a mark has read says when (promise of `read_at`), also after later marks.
    @Test(arguments: StoreDriver.allCases)
    func aMarkSaysWhenItRead(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = try await test.send(.plain(maria)).notificationID
            let marked = test.clock.now
            try await test.mark(.readAll)
            test.clock.advance(by: .seconds(5))
            let second = try await test.send(.plain(maria)).notificationID
            try await test.mark(.readAll)
            #expect(try await test.row(first).readAt == marked)
            #expect(try await test.row(second).readAt == test.clock.now)
            try await test.reopen()
            #expect(try await test.list().map(\.readAt) == [test.clock.now, marked])
            test.clock.advance(by: .seconds(5))
            try await test.apply(.archive, to: first)
            #expect(try await test.row(first).readAt == marked)
        }
    }
}
