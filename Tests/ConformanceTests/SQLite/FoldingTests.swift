import PealCore
import PealSQL
import Testing

@testable import PealSQLite

@Suite struct FoldingTests {
    /// A list of read rows steps over what only the mark has read, until the writer has written it; nobody can tell.
    @Test func marksAreWrittenIntoRowsWithoutASeq() async throws {
        try await withDirectory { directory in
            try await directory.withStore { store in
                let count = 3 * SQLiteStoreOptions().foldLimit
                _ = await store.write((0..<count).map { _ in .ingest(Ingest(event: .plain(maria))) })
                _ = await store.write([.inbox(InboxCommand(user: maria, kind: .mark(.readAll, upTo: Seq(count - 1))))])
                let query = PageQuery(user: maria, limit: count, status: .read)
                let before = try await store.page(query)
                let changes = try await store.changes(of: maria, after: 0, limit: 10 * count)
                let connection = try SQLConnection(path: directory.database, role: .reader)
                let unread = "SELECT count(*) FROM notifications WHERE is_read = 0"
                for _ in 0..<500 where try connection.integer(unread) != 1 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                let left = try connection.integer(unread)
                connection.close()
                #expect(left == 1)
                let after = try await store.page(query)
                #expect(before.rows.count == count - 1 && after == before)
                let same = try await store.changes(of: maria, after: 0, limit: 10 * count)
                #expect(same == changes)
                let (stored, counted) = try await store.recount(of: maria)
                #expect(stored.unreadCount == 1 && counted == UnreadCounts(unread: 1, unseen: 1))
            }
        }
    }
}
