import PealCore
import PealSQL
import Testing

@testable import PealSQLite

@Suite struct CountsTests {
    @Test(arguments: StoreDriver.allCases)
    func rowsAreCountedByTypeWithTheMarksFolded(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = try await test.send(.plain(maria, type: "news"))
            try await test.send(.plain(maria, type: "news"))
            try await test.mark(.readAll)
            try await test.send(.plain(maria, type: "like"))
            try await test.mark(.seenAll)
            let gone = try await test.send(.plain(maria, type: "like"))
            let kept = try await test.send(.plain(maria, type: "like"))
            try await test.send(.plain(joao, type: "news"))
            try await test.apply(.delete, to: gone.notificationID)
            try await test.apply(.archive, to: first.notificationID)
            let counts = try await test.store.counts(of: maria, type: nil)
            #expect(
                counts.types == [
                    TypeCounts(type: "like", total: 2, unread: 2, unseen: 1), TypeCounts(type: "news", total: 1),
                ])
            #expect(counts.sum == TypeCounts(type: "", total: 3, unread: 2, unseen: 1))
            #expect(counts.inbox == (try await test.store.inbox(of: maria)))
            let likes = try await test.store.counts(of: maria, type: "like")
            #expect(likes.types == [counts.types[0]] && likes.inbox == counts.inbox)
            try await test.apply(.read, to: kept.notificationID)
            #expect(try await test.store.counts(of: maria, type: "like").sum.unread == 1)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whatIsNotThereCountsForNothing(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            #expect(
                try await test.store.counts(of: maria, type: nil) == InboxCounts(inbox: Inbox(), types: []))
            // Types are compared by their bytes.
            try await test.send(.plain(maria, type: "caf\u{E9}"))
            #expect(try await test.store.counts(of: maria, type: "cafe\u{301}").types.isEmpty)
            try await test.send(.plain(maria, type: "cafe\u{301}"))
            #expect(try await test.store.counts(of: maria, type: nil).types.map(\.total) == [1, 1])
        }
    }

    /// No row of another inbox, and none that is archived or deleted, is looked at.
    @Test func theListsIndexIsUsed() async throws {
        try await withDirectory { directory in
            try await directory.withStore { try await $0.send(.plain(maria)) }
            let connection = try SQLConnection(path: directory.database, role: .reader)
            defer { connection.close() }
            let statement = try connection.prepare("EXPLAIN QUERY PLAN \(OwnerStatements.typeCountsQuery)")
            var plan: [String] = []
            while try statement.next() {
                _ = (statement.integer(), statement.integer(), statement.integer())
                plan.append(statement.text())
            }
            statement.reset()
            #expect(plan.contains { $0.contains("USING INDEX notifications_list (inbox=? AND standing=?)") }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
        }
    }
}
