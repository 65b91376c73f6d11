import PealCore
import PealSQL
import Testing

@testable import PealSQLite

@Suite struct MigrationTests {
    @Test func aDatabaseOfTheFirstVersionIsBroughtUpToDate() async throws {
        try await withDirectory { directory in
            try await directory.withStore { try await $0.send(.plain(maria)) }
            try directory.execute("DROP TABLE revocations")
            try directory.execute("DELETE FROM grdb_migrations WHERE identifier = '0002 revocations'")
            try await directory.withStore { store in
                #expect(try await store.inbox(of: maria).seq == 1)
                #expect(try await store.revocations(after: 0, limit: 1).isEmpty)
                let revocation = try await store.revoke(maria, .issuedBefore(Timestamp(seconds: 1)))
                #expect(try await store.revocations(after: 0, limit: 1) == [revocation])
            }
        }
    }
}
