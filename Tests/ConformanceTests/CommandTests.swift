import PealCore
import PealSQL
import Testing

@Suite struct CommandTests {
    @Test(arguments: StoreDriver.allCases)
    func aRowGoesThroughItsStates(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.plain(maria)).notificationID
            let steps: [(RowOperation, String, [Int])] = [
                (.seen, "UNREAD", [1, 0]), (.read, "READ", [0, 0]), (.unread, "UNREAD", [1, 1]),
                (.archive, "ARCHIVED", [0, 0]), (.unarchive, "READ", [0, 0]), (.unread, "UNREAD", [1, 1]),
            ]
            for (index, (operation, status, counts)) in steps.enumerated() {
                test.clock.advance(by: .seconds(1))
                let answer = try await test.apply(operation, to: id)
                #expect(answer.count == 1 && answer.inbox.seq == Seq(index + 2))
                let row = try await test.row(id)
                #expect(answer.rows == [row] && "\(row.status)" == status && row.updatedAt == test.clock.now)
                #expect(row.readAt == (status == "UNREAD" ? nil : row.readAt))
                #expect((row.archivedAt != nil) == (status == "ARCHIVED"))
                #expect(try await test.counts() == counts)
            }
            try await test.reopen()
            #expect(try await test.row(id).seq == 7)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatChangesNothingTakesNoSeq(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.plain(maria)).notificationID
            for operation in [RowOperation.unread, .unarchive] {
                let answer = try await test.apply(operation, to: id)
                #expect(answer.rows.isEmpty && answer.count == 0 && answer.inbox.seq == 1)
            }
            try await test.apply(.archive, to: id)
            for operation in [RowOperation.archive, .read, .seen, .unread] {
                #expect(try await test.apply(operation, to: id).inbox.seq == 2)
            }
            #expect(try await test.store.inbox(of: maria).seq == 2)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func oneMissingRowRefusesTheWholeCommand(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.plain(maria)).notificationID
            await #expect(throws: StoreError.self) {
                try await test.apply(.read, to: id, NotificationID(high: 1, low: 2))
            }
            #expect(try await test.counts() == [1, 1])
            #expect(try await test.store.inbox(of: maria).seq == 1)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func severalRowsTakeSeqsInTheirOrder(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<4 { try await ids.append(#require(test.send(.plain(maria)).notificationID)) }
            try await test.apply(.read, to: ids[1])
            let command = InboxCommand(user: maria, kind: .rows(.read, [ids[3], ids[1], ids[0], ids[3]]))
            let answer = try await test.command(command)
            #expect(answer.rows.map(\.id) == [ids[3], ids[0]] && answer.rows.map(\.seq) == [6, 7])
            #expect(answer.count == 2 && answer.inbox.unreadCount == 1)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aDeletedRowIsATombstone(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try #require(try await test.send(.plain(maria)).notificationID)
            try await test.apply(.delete, to: id)
            #expect(try await test.counts() == [0, 0])
            #expect(try await test.list().isEmpty)
            await #expect(throws: StoreError.self) { try await test.row(id) }
            await #expect(throws: StoreError.self) { try await test.apply(.delete, to: id) }
            guard case .row(let tombstone) = try #require(try await test.changes().first) else {
                throw UnexpectedAnswer()
            }
            #expect(tombstone.id == id && tombstone.seq == 2 && tombstone.standing == .deleted)
        }
    }
}

@Suite struct MarkTests {
    @Test(arguments: StoreDriver.allCases)
    func readAllIsAMark(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for _ in 0..<50 { try await test.send(.plain(maria)) }
            let answer = try await test.mark(.readAll)
            #expect(answer.count == 50 && answer.rows.isEmpty && answer.inbox.seq == 51)
            #expect(try await test.changes(after: 50) == [.mark(.readAll, upTo: 50, seq: 51, at: test.clock.now)])
            #expect(try await test.list(.unread).isEmpty)
            #expect(try await test.list(.read).count == 50)
            #expect(try await test.counts() == [0, 0])
            #expect(try await test.mark(.readAll).inbox.seq == 51)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aMarkBelowTheHeadLeavesWhatIsAbove(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for _ in 0..<5 { try await test.send(.plain(maria)) }
            let answer = try await test.mark(.readAll, upTo: 3)
            #expect(answer.count == 3 && answer.inbox.unreadCount == 2 && answer.inbox.unseenCount == 2)
            #expect(try await test.list(.unread).map(\.seq) == [5, 4])
            #expect(try await test.mark(.readAll, upTo: 2).inbox.seq == 6)
            #expect(try await test.mark(.seenAll, upTo: 4).inbox.unseenCount == 1)
            #expect(try await test.counts() == [2, 1])
            #expect(try await test.list(.unseen).map(\.seq) == [5])
            #expect(try await test.mark(.readAll, upTo: .max).inbox.unreadCount == 0)
            #expect(try await test.counts() == [0, 0])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aMarkCoversARowThatHasOnlyBeenSeenSince(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.plain(maria)).notificationID
            try await test.send(.plain(maria))
            try await test.apply(.seen, to: id)
            let answer = try await test.mark(.readAll, upTo: 1)
            #expect(answer.count == 1 && answer.inbox.unreadCount == 1 && answer.inbox.unseenCount == 1)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aRowStaysReadWhenItMovesAboveTheMark(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.plain(maria)).notificationID
            try await test.send(.plain(maria))
            try await test.mark(.readAll)
            try await test.apply(.archive, to: id)
            let row = try await test.apply(.unarchive, to: id).rows.first
            #expect(row?.isRead == true && row?.isSeen == true && row?.seq == 5)
            #expect(try await test.counts() == [0, 0])
            try await test.apply(.unread, to: id)
            #expect(try await test.counts() == [1, 1])
            #expect(try await test.mark(.readAll, upTo: 5).count == 0)
            #expect(try await test.counts() == [1, 1])
        }
    }

    /// The history of decision 5: a like that Maria has not seen is not read by a click that was made before it.
    @Test(arguments: StoreDriver.allCases)
    func aMarkFromBeforeAnEventDoesNotCoverIt(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(.like(maria, by: "joao"))
            try await test.send(.plain(maria))
            try await test.send(.like(maria, by: "ana"))
            let answer = try await test.mark(.readAll, upTo: 2)
            #expect(answer.count == 1 && answer.inbox.unreadCount == 1)
            #expect(try await test.list(.unread).map(\.actorCount) == [2])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func seenAllKeepsUnread(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for _ in 0..<3 { try await test.send(.plain(maria)) }
            let answer = try await test.mark(.seenAll)
            #expect(answer.count == 3 && answer.inbox.unreadCount == 3 && answer.inbox.unseenCount == 0)
            #expect(try await test.mark(.seenAll).inbox.seq == 4)
            #expect(try await test.mark(.readAll).count == 3)
            #expect(try await test.changes(after: 3).map(\.seq) == [4, 5])
            #expect(try await test.mark(.readAll, of: joao).inbox == Inbox())
        }
    }
}
