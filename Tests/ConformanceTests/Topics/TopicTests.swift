import Foundation
import PealCore
import PealSQL
import Testing

@testable import PealSQLite

/// Who belongs to which topic.
@Suite struct TopicTests {
    private let news = TopicName(trusted: "news")

    @Test(arguments: StoreDriver.allCases)
    func membersComeAndGo(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            #expect(try await test.change(.add(news, [maria, joao])) == 2)
            let first = test.clock.now
            test.clock.advance(by: .seconds(1))
            let ana = UserID(trusted: "ana")
            #expect(try await test.change(.add(news, [maria, ana])) == 1, "who belongs to it stays as they are")
            try await test.reopen()
            #expect(
                try await test.store.members(of: news, after: nil, limit: 9) == [
                    TopicMember(user: ana, addedAt: test.clock.now), TopicMember(user: joao, addedAt: first),
                    TopicMember(user: maria, addedAt: first),
                ])
            #expect(try await test.store.members(of: news, after: ana, limit: 1).map(\.user) == [joao])
            #expect(try await test.change(.remove(news, [joao, UserID(trusted: "nobody")])) == 1)
            #expect(try await test.store.topic(news) == Topic(name: news, memberCount: 2))
            #expect(try await test.change(.empty(news, limit: 1)) == 1)
            #expect(try await test.change(.empty(news, limit: 9)) == 1)
            #expect(try await test.store.topic(news).memberCount == 0)
            #expect(try await test.store.topics(after: nil, limit: 9).isEmpty, "a topic without members is none")
        }
    }

    /// In the order of bytes, whatever letters look alike.
    @Test(arguments: StoreDriver.allCases)
    func topicsAreListed(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let names = ["a", "B", "caf\u{E9}", "cafe\u{301}", "z/1", "ç"].map(TopicName.init(trusted:))
            for name in names { try await test.change(.add(name, [maria])) }
            try await test.change(.add(names[0], [joao]))
            let sorted = names.sorted()
            #expect(sorted.map(\.rawValue.utf8.first) == [0x42, 0x61, 0x63, 0x63, 0x7A, 0xC3])
            #expect(try await test.store.topics(after: nil, limit: 9).map(\.name) == sorted)
            #expect(try await test.store.topics(after: nil, limit: 9).map(\.memberCount) == [1, 2, 1, 1, 1, 1])
            #expect(try await test.store.topics(after: sorted[1], limit: 2).map(\.name) == Array(sorted[2...3]))
            #expect(try await test.store.topics(of: maria, after: nil, limit: 9) == sorted)
            #expect(try await test.store.topics(of: maria, after: sorted[4], limit: 9) == [sorted[5]])
            #expect(try await test.store.topics(of: joao, after: nil, limit: 9) == [names[0]])
        }
    }

    @Test func namesAreChecked() {
        for text in ["", "$all", "$", "a\nb", String(repeating: "a", count: 129)] { #expect(TopicName(text) == nil) }
        for text in ["a", "post/42", "a$", "$online", String(repeating: "a", count: 128)] {
            #expect(TopicName(text)?.rawValue == text)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whoIsErasedBelongsNowhere(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let eva = UserID(trusted: "eva-4711")
            for number in 0..<200 {
                try await test.change(.add(TopicName(trusted: "t\(number)"), [eva, maria]))
            }
            try await test.erase(eva)
            #expect(try await test.store.topics(of: eva, after: nil, limit: 9).isEmpty)
            #expect(try await test.store.topics(of: maria, after: nil, limit: 999).count == 200)
            #expect(try test.places(of: eva.rawValue).isEmpty)
        }
    }

    @Test(arguments: [
        TopicTable.membersQuery, TopicQueries.topicsQuery, TopicQueries.ofUserQuery, TopicQueries.fanOutsQuery,
        TopicQueries.runningQuery,
    ])
    func everyQueryHasItsIndex(_ query: String) async throws {
        try await withStore(.sqlite) { test in
            let plan = try test.plan(of: query)
            #expect(
                !plan.isEmpty && plan.allSatisfy { $0.hasPrefix("SEARCH") || $0.contains("fanouts_running") }, "\(plan)"
            )
        }
    }
}

extension TestStore {
    /// - Returns: how many memberships changed.
    @discardableResult
    func change(_ command: TopicCommand) async throws -> Int {
        guard case .topic(let changed) = try await write(.topic(command)) else { throw UnexpectedAnswer() }
        return changed
    }

    /// How SQLite goes about a query, a line for each table.
    func plan(of query: String) throws -> [String] {
        let connection = try SQLConnection(path: directory.path + "/peal.db", role: .reader)
        defer { connection.close() }
        let statement = try connection.prepare("EXPLAIN QUERY PLAN \(query)")
        defer { statement.reset() }
        var lines: [String] = []
        while try statement.next() {
            for _ in 0..<3 { _ = statement.integer() }
            lines.append(statement.text())
        }
        return lines
    }
}
