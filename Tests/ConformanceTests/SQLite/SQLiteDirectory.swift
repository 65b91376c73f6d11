import Foundation
import PealCore
import PealSQL

@testable import PealSQLite

/// A data directory of a test, and what is done to it behind a store's back.
struct SQLiteDirectory {
    let url: URL

    var database: String { url.path + "/peal.db" }

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("peal-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func open(
        options: SQLiteStoreOptions = SQLiteStoreOptions(), publish: @escaping PublicationSink = { _ in }
    ) throws -> SQLiteStore {
        try SQLiteStore.open(
            path: database, renderer: PlainRenderer(), clock: { Timestamp(seconds: 1_768_473_000) }, publish: publish,
            options: options)
    }

    /// Opens, does something, closes.
    @discardableResult
    func withStore<Value>(
        options: SQLiteStoreOptions = SQLiteStoreOptions(), _ body: (SQLiteStore) async throws -> Value
    ) async throws -> Value {
        let store = try open(options: options)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    func epoch() async throws -> StoreEpoch { try await withStore { $0.epoch } }

    /// The directory's files as they lie on the disk now.
    func copy() throws -> SQLiteDirectory {
        let copy = try SQLiteDirectory()
        // A draft takes its file's place at any moment.
        for name in try FileManager.default.contentsOfDirectory(atPath: url.path)
        where name != "peal.lock" && !name.hasSuffix(".new") {
            try FileManager.default.copyItem(
                atPath: url.path + "/" + name, toPath: copy.url.path + "/" + name)
        }
        return copy
    }

    /// Writes the contents of another directory's database files into this one's, as `cp` does.
    func restore(from backup: SQLiteDirectory) throws {
        for suffix in ["", "-wal", "-shm"] {
            let (source, target) = (backup.database + suffix, database + suffix)
            guard let data = FileManager.default.contents(atPath: source) else {
                try? FileManager.default.removeItem(atPath: target)
                continue
            }
            if let handle = FileHandle(forWritingAtPath: target) {
                try handle.truncate(atOffset: 0)
                try handle.write(contentsOf: data)
                try handle.close()
            } else {
                try data.write(to: URL(filePath: target))
            }
        }
    }

    func execute(_ sql: String) throws {
        let connection = try SQLConnection(path: database, role: .writer)
        try connection.execute(sql)
        connection.close()
    }

    func remove() {
        try? FileManager.default.removeItem(at: url)
    }
}

func withDirectory(_ body: (SQLiteDirectory) async throws -> Void) async throws {
    let directory = try SQLiteDirectory()
    defer { directory.remove() }
    try await body(directory)
}

extension SQLiteStore {
    @discardableResult
    func send(_ event: Event) async throws -> Outcome {
        guard case .ingest(let outcomes, _) = try await write([.ingest(Ingest(event: event))])[0].get(),
            let outcome = outcomes.first
        else { throw UnexpectedAnswer() }
        return outcome
    }
}
