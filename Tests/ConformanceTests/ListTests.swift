import PealCore
import PealSQL
import Testing

@Suite struct ListTests {
    @Test(arguments: StoreDriver.allCases)
    func newestActivityComesFirstAndIdsBreakTies(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for index in 0..<12 {
                if index.isMultiple(of: 4) { test.clock.advance(by: .seconds(1)) }
                try await ids.append(#require(test.send(.like(maria, by: "a", target: "\(index)")).notificationID))
            }
            test.clock.advance(by: .seconds(1))
            try await test.send(.like(maria, by: "b", target: "2"))
            try await test.send(.like(maria, by: "b", target: "1"))
            try await test.apply(.read, to: ids[7])
            let order = [2, 1, 11, 10, 9, 8, 7, 6, 5, 4, 3, 0]
            #expect(try await test.list().map(\.id) == order.map { ids[$0] })
            try await test.reopen()
            #expect(try await test.list().map(\.id) == order.map { ids[$0] })
        }
    }

    @Test(arguments: StoreDriver.allCases, [1, 3, 7, 20])
    func pagesByPositionAndByOffsetCoverTheList(_ driver: StoreDriver, limit: Int) async throws {
        try await withStore(driver) { test in
            for index in 0..<20 {
                if index.isMultiple(of: 5) { test.clock.advance(by: .seconds(1)) }
                let id = try await test.send(.plain(maria, type: index.isMultiple(of: 3) ? "third" : "other"))
                    .notificationID
                if index.isMultiple(of: 4) { try await test.apply(.read, to: id) }
                if index == 13 { try await test.apply(.archive, to: id) }
            }
            for type in [nil, "third"] {
                for status in PageQuery.Status.allCases {
                    let whole = try await test.store.page(
                        PageQuery(user: maria, limit: 200, status: status, type: type))
                    #expect(!whole.hasMore && whole.next == nil)
                    var query = PageQuery(user: maria, limit: limit, status: status, type: type)
                    var byPosition: [Notification] = []
                    var byOffset: [Notification] = []
                    repeat {
                        let page = try await test.store.page(query)
                        #expect(page.rows.count <= limit && page.inbox == whole.inbox)
                        byPosition += page.rows
                        query.after = page.next
                    } while query.after != nil
                    var hasMore = true
                    while hasMore {
                        query.offset = byOffset.count
                        let page = try await test.store.page(query)
                        byOffset += page.rows
                        hasMore = page.hasMore
                    }
                    #expect(byPosition == whole.rows && byOffset == whole.rows)
                }
            }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aPageContinuesAfterARowThatHasGone(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<6 { try await ids.append(#require(test.send(.plain(maria)).notificationID)) }
            let first = try await test.store.page(PageQuery(user: maria, limit: 2))
            let position = try #require(first.next)
            try await test.apply(.delete, to: position.id)
            #expect(
                try await test.store.page(PageQuery(user: maria, after: position)).rows.map(\.id)
                    == [3, 2, 1, 0].map { ids[$0] })
            let between = PageQuery.Position(
                lastEventAt: position.lastEventAt, id: NotificationID(high: ids[2].high, low: ids[2].low + 1))
            #expect(
                try await test.store.page(PageQuery(user: maria, after: between)).rows.map(\.id)
                    == [2, 1, 0].map { ids[$0] })
            let end = PageQuery.Position(lastEventAt: position.lastEventAt, id: NotificationID(high: 0, low: 0))
            #expect(try await test.store.page(PageQuery(user: maria, after: end)).rows.isEmpty)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func statusesAreFoldedAndArchivedRowsStandApart(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<8 { try await ids.append(#require(test.send(.plain(maria)).notificationID)) }
            try await test.mark(.readAll, upTo: 3)
            try await test.apply(.unread, to: ids[1])
            try await test.apply(.read, to: ids[4])
            try await test.apply(.archive, to: ids[5])
            try await test.apply(.delete, to: ids[6])
            try await test.apply(.seen, to: ids[7])
            func indexes(_ status: PageQuery.Status) async throws -> [Int?] {
                try await test.list(status).map { ids.firstIndex(of: $0.id) }
            }
            #expect(try await indexes(.all) == [7, 4, 3, 2, 1, 0])
            #expect(try await indexes(.unread) == [7, 3, 1])
            #expect(try await indexes(.read) == [4, 2, 0])
            #expect(try await indexes(.unseen) == [3, 1])
            #expect(try await indexes(.archived) == [5])
            #expect(try await test.counts() == [3, 2])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whoNeverGotAnythingHasAnEmptyInbox(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let page = try await test.store.page(PageQuery(user: maria))
            #expect(page == InboxPage(inbox: Inbox(), rows: [], hasMore: false))
            #expect(try await test.store.changes(of: maria, after: 0, limit: 10).changes.isEmpty)
            #expect(try await test.store.heads(of: [maria, joao]).isEmpty)
            #expect(try await test.counts() == [0, 0])
        }
    }
}

@Suite struct ChangesTests {
    @Test(arguments: StoreDriver.allCases)
    func rowsAndMarksComeInTheOrderOfSeq(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<4 { try await ids.append(#require(test.send(.plain(maria)).notificationID)) }
            try await test.mark(.seenAll)
            try await test.apply(.read, to: ids[0])
            try await test.mark(.readAll)
            try await test.send(.plain(maria))
            let changes = try await test.changes()
            #expect(changes.map(\.seq) == [2, 3, 4, 5, 6, 7, 8])
            #expect(changes[3] == .mark(.seenAll, upTo: 4, seq: 5, at: nil))
            #expect(changes[5] == .mark(.readAll, upTo: 6, seq: 7, at: test.clock.now))
            for seq in 0...9 as ClosedRange<Seq> {
                let expected = changes.filter { $0.seq > seq }
                #expect(try await test.changes(after: seq) == expected)
                for limit in 1...8 {
                    let page = try await test.store.changes(of: maria, after: seq, limit: limit)
                    #expect(page.changes == Array(expected.prefix(limit)))
                    #expect(page.hasMore == (expected.count > limit) && page.inbox.seq == 8)
                    #expect(page.through == (page.hasMore ? page.changes.last?.seq : 8))
                }
            }
        }
    }
}
