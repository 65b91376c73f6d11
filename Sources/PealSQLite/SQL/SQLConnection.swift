internal import GRDB
internal import GRDBSQLite
internal import PealCore

/// One connection of one thread: opened by GRDB, used directly.
///
/// Opened and prepared by the thread that opens the store, then handed to the thread that alone uses it.
final class SQLConnection {
    enum Role: String {
        case writer, reader, upkeep
    }

    private let queue: DatabaseQueue
    private let handle: OpaquePointer

    /// - Throws: `unavailable` where the file cannot be opened or `synchronous` cannot be made FULL.
    init(path: String, role: Role, busyTimeout: Duration = .milliseconds(20)) throws(StoreError) {
        var configuration = Configuration()
        configuration.label = "peal.\(role.rawValue)"
        configuration.foreignKeysEnabled = false
        configuration.readonly = role == .reader
        // Transactions are begun and ended by statements of our own.
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(busyTimeout / .seconds(1))
        (queue, handle) = try StoreError.translating {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let handle = try queue.inDatabase { database in
                try Self.setUp(database, role: role)
                guard let handle = database.sqliteConnection else {
                    throw StoreError(.unavailable, "the connection was closed")
                }
                return handle
            }
            return (queue, handle)
        }
        // They notify GRDB's observers and insist on its queue; a commit here is a plain step on the connection's thread.
        sqlite3_commit_hook(handle, nil, nil)
        sqlite3_rollback_hook(handle, nil, nil)
    }

    /// GRDB's pool sets `synchronous=NORMAL` after its caller's choice, which loses what was acknowledged (RULES 13): so no
    /// pool, and the setting is made last and read back.
    private static func setUp(_ database: Database, role: Role) throws {
        guard role != .reader else {
            try database.execute(sql: "PRAGMA cache_size = -4096")
            return
        }
        guard try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL") == "wal" else {
            throw StoreError(.unavailable, "the file system does not support a write-ahead log")
        }
        try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        try database.execute(sql: "PRAGMA cache_size = -32768")
        try database.execute(sql: "PRAGMA cache_spill = OFF")
        // What was removed is overwritten, so that it is in no free page of the file either. Many builds do so anyway.
        try database.execute(sql: "PRAGMA secure_delete = ON")
        try database.execute(sql: "PRAGMA synchronous = FULL")
        guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
            throw StoreError(.unavailable, "SQLite refused synchronous=FULL: a commit would not be durable")
        }
    }

    func prepare(_ sql: String) throws(StoreError) -> SQLStatement {
        try StoreError.translating { try queue.inDatabase { SQLStatement(try $0.makeStatement(sql: sql)) } }
    }

    /// For statements that run seldom.
    func execute(_ sql: String) throws(StoreError) {
        try StoreError.translating { try queue.inDatabase { try $0.execute(sql: sql) } }
    }

    /// The one integer that a statement gives; nil where it gives no row or null.
    func integer(_ sql: String) throws(StoreError) -> Int64? {
        try StoreError.translating { try queue.inDatabase { try Int64.fetchOne($0, sql: sql) } }
    }

    /// How many rows the last statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// All statements must be gone.
    func close() {
        try? queue.close()
    }
}

// MARK: - The write-ahead log

extension SQLConnection {
    enum Checkpoint: Sendable {
        /// Copies what it can without waiting for anybody.
        case passive
        /// Copies everything, so that the next commit starts the log anew. Nobody may be writing.
        case restart
        /// The same, and gives the log's space back.
        case truncate

        fileprivate var mode: Int32 {
            switch self {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        }
    }

    /// - Returns: the log's pages, and how many of them are in the database; nil where readers stood in the way.
    func checkpoint(_ kind: Checkpoint) throws(StoreError) -> (pages: Int, copied: Int)? {
        var pages: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(handle, nil, kind.mode, &pages, &copied)
        if code & 0xFF == SQLITE_BUSY { return nil }
        guard code == SQLITE_OK else {
            throw StoreError(
                sqliteCode: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
        }
        return (Int(pages), Int(copied))
    }

    /// Lets every commit write the number of pages in the log to a place, which must outlive the connection.
    func countLogPages(in place: UnsafeMutablePointer<Int32>) {
        sqlite3_wal_hook(
            handle,
            { place, _, _, pages in
                place?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, place)
    }
}
