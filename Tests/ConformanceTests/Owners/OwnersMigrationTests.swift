import PealCore
import PealSQL
import Testing

@testable import PealSQLite

@Suite struct OwnersMigrationTests {
    @Test func keysOfAnEarlierVersionAreKept() async throws {
        try await withDirectory { directory in
            let key = APIKeyRecord(
                id: "a", digest: [1, 2, 3], label: "old", scopes: ["admin"], createdAt: Timestamp(seconds: 7))
            try await directory.withStore { store in
                _ = await store.write([.addKey(key)])
                try await store.send(.plain(maria))
            }
            for column in ["per_second", "burst", "per_day", "last_used_at"] {
                try directory.execute("ALTER TABLE api_keys DROP COLUMN \(column)")
            }
            try directory.execute("DROP TABLE erasures")
            try directory.execute("DROP TABLE detached_inboxes")
            try directory.execute("DELETE FROM grdb_migrations WHERE identifier = '0006 owners'")
            try await directory.withStore { store in
                #expect(try await store.keys() == [key])
                let change = KeyChange(quota: .to(KeyQuota(perDay: 5)))
                #expect(try await store.write([.key(.change(id: "a", change))])[0].get() != .done)
                #expect(try await store.keys().first?.quota == KeyQuota(perDay: 5))
                #expect(try await store.erasures().isEmpty)
                _ = try await store.write([.erase(.begin(maria, alias: "x"))])[0].get()
                #expect(try await store.erasures().map(\.user) == [maria])
                #expect(try await store.inbox(of: maria) == Inbox(seq: 2, floor: 2))
            }
        }
    }

    /// A write that fails leaves nothing of an erasure in memory either.
    @Test func anErasureThatIsRolledBackChangedNothing() async throws {
        try await withDirectory { directory in
            try await directory.withStore { try await $0.send(.plain(maria)) }
            // Fails after the rows have been taken out of the inbox.
            try directory.execute(
                "CREATE TRIGGER fault BEFORE INSERT ON erasures BEGIN SELECT raise(FAIL, 'no'); END")
            try await directory.withStore { store in
                let results = await store.write([
                    .erase(.begin(maria, alias: "x")), .ingest(Ingest(event: .plain(joao))),
                ])
                #expect(throws: StoreError.self) { try results[0].get() }
                _ = try results[1].get()
                #expect(try await store.inbox(of: maria).seq == 1)
                #expect(try await store.send(.plain(maria)).seq == 2)
                #expect(try await store.page(PageQuery(user: maria)).rows.count == 2)
                #expect(try await store.page(PageQuery(user: joao)).rows.count == 1)
            }
        }
    }
}
