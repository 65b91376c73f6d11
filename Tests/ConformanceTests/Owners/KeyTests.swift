import PealCore
import PealSQL
import Testing

@Suite struct KeyTests {
    private func key(_ id: String, _ scopes: Set<String>, quota: KeyQuota? = nil) -> APIKeyRecord {
        APIKeyRecord(
            id: id, digest: Array(id.utf8), label: "label of \(id)", scopes: scopes,
            createdAt: Timestamp(seconds: 1_700_000_000), quota: quota)
    }

    private func change(_ command: KeyCommand, _ test: TestStore) async throws -> APIKeyRecord? {
        guard case .key(let key) = try await test.write(.key(command)) else { throw UnexpectedAnswer() }
        return key
    }

    @Test(arguments: StoreDriver.allCases)
    func labelAndQuotaChangeApart(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let quota = KeyQuota(perSecond: 5, burst: 20, perDay: 1000)
            try await test.write(.addKey(key("a", ["notify"], quota: quota)))
            try await test.write(.addKey(key("b", ["admin"])))
            var renamed = try await change(.change(id: "a", KeyChange(label: "other")), test)
            #expect(renamed?.label == "other" && renamed?.quota == quota)
            renamed = try await change(.change(id: "a", KeyChange(quota: .to(KeyQuota(perDay: 7)))), test)
            #expect(renamed?.label == "other" && renamed?.quota == KeyQuota(perDay: 7))
            try await test.reopen()
            #expect(try await test.store.keys() == [try #require(renamed), key("b", ["admin"])])
            #expect(try await change(.change(id: "a", KeyChange(quota: .to(nil))), test)?.quota == nil)
            await #expect(throws: StoreError(.notFound, "no API key c")) {
                try await change(.change(id: "c", KeyChange(label: "x")), test)
            }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theLastKeyThatMayDoEverythingStays(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for record in [key("a", ["admin"]), key("b", ["admin", "notify"]), key("c", ["notify"])] {
                try await test.write(.addKey(record))
            }
            let time = test.clock.now
            #expect(try await change(.revoke(id: "a", isForced: false), test)?.revokedAt == time)
            // Once more changes nothing.
            test.clock.advance(by: .seconds(60))
            #expect(try await change(.revoke(id: "a", isForced: false), test)?.revokedAt == time)
            #expect(try await change(.revoke(id: "c", isForced: false), test)?.revokedAt == test.clock.now)
            await #expect(throws: StoreError.self) { try await change(.revoke(id: "b", isForced: false), test) }
            #expect(try await test.store.keys().map { $0.revokedAt == nil } == [false, true, false])
            #expect(try await change(.revoke(id: "b", isForced: true), test)?.revokedAt != nil)
            await #expect(throws: StoreError(.conflict, "the key has been revoked")) {
                try await change(.change(id: "b", KeyChange(label: "x")), test)
            }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func lastUsesOnlyGrow(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.write(.addKey(key("a", ["notify"])))
            try await test.write(.addKey(key("b", ["notify"])))
            let time = Timestamp(seconds: 1_700_000_100)
            _ = try await change(.used(["a": time, "gone": time]), test)
            _ = try await change(.used(["a": time + .seconds(-50), "b": time]), test)
            try await test.reopen()
            #expect(try await test.store.keys().map(\.lastUsedAt) == [time, time])
        }
    }
}
