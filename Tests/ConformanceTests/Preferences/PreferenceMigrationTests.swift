import PealCore
import PealSQL
import Testing

@testable import PealSQLite

@Suite struct PreferenceMigrationTests {
    private let off = Mutation.preferences(maria, .set(.inApp, .off, type: "notice"))

    @Test func aDatabaseOfAnEarlierVersionIsTakenOver() async throws {
        try await withDirectory { directory in
            try await directory.withStore { try await $0.send(.plain(maria)) }
            for table in ["preferences", "target_mutes", "actor_mutes", "secrets"] {
                try directory.execute("DROP TABLE \(table)")
            }
            try directory.execute("DELETE FROM grdb_migrations WHERE identifier = '0006 preferences'")
            try await directory.withStore { store in
                #expect(try await store.send(.plain(maria)).kind == .created)
                _ = try await store.write([off])[0].get()
                #expect(try await store.send(.plain(maria)).suppression == .preference)
            }
        }
    }

    /// What a failed transaction had taken for said is not believed afterwards.
    @Test func aChangeThatIsRolledBackChangedNothing() async throws {
        try await withDirectory { directory in
            try await directory.withStore { store in
                _ = try await store.write([.preferences(maria, .set(.inApp, .off, type: "other"))])[0].get()
            }
            try directory.execute(
                "CREATE TRIGGER fault AFTER INSERT ON preferences BEGIN SELECT raise(FAIL, 'no'); END")
            try await directory.withStore { store in
                let results = await store.write([off, .ingest(Ingest(event: .plain(maria)))])
                #expect(throws: StoreError.self) { try results[0].get() }
                guard case .ingest(let outcomes, _) = try results[1].get() else { throw UnexpectedAnswer() }
                #expect(outcomes.first?.kind == .created)
                #expect(try await store.preferences(of: maria)?.types == ["other"])
                #expect(try await store.send(.plain(maria, type: "other")).suppression == .preference)
            }
        }
    }

    /// The queries of the writer and of readers go by an index.
    @Test func lookupsGoByAnIndex() async throws {
        try await withDirectory { directory in
            try await directory.withStore { try await $0.send(.plain(maria)) }
            let connection = try SQLConnection(path: directory.database, role: .writer)
            defer { connection.close() }
            for query in [
                PreferenceTable.entryQuery, "SELECT until FROM target_mutes WHERE user = 'a'",
                "SELECT user FROM actor_mutes WHERE actor = 'a' LIMIT 5",
            ] {
                let plan = try connection.prepare("EXPLAIN QUERY PLAN \(query)")
                defer { plan.reset() }
                while try plan.next() {
                    _ = (plan.integer(), plan.integer(), plan.integer())
                    let step = plan.text()
                    #expect(!step.hasPrefix("SCAN") || step == "SCAN CONSTANT ROW", "\(query): \(step)")
                }
            }
        }
    }
}
