import Foundation
import PealCore
import PealSQL
import Synchronization
import Testing

@testable import PealSQLite

@Suite struct TroubleTests {
    @Test func aDirectoryBelongsToOneServer() async throws {
        try await withDirectory { directory in
            try await directory.withStore { _ in
                do {
                    _ = try directory.open()
                    Issue.record("two stores on one directory")
                } catch let error as StoreError {
                    #expect(error.code == .unavailable)
                    #expect(error.message.contains("in use by another Peal server"))
                    #expect(error.message.contains("\(ProcessInfo.processInfo.processIdentifier)"))
                }
            }
            try await directory.withStore { #expect($0.isHealthy) }
        }
    }

    @Test func aDatabaseOfANewerVersionIsRefused() async throws {
        try await withDirectory { directory in
            try await directory.withStore { _ in }
            try directory.execute("INSERT INTO grdb_migrations VALUES ('9999 the future')")
            #expect(throws: StoreError(.unavailable, "the database was written by a newer version of Peal")) {
                try directory.open()
            }
        }
    }

    @Test func whatIsNoDatabaseIsRefused() throws {
        let directory = try SQLiteDirectory()
        defer { directory.remove() }
        try Data(repeating: 7, count: 10_000).write(to: URL(filePath: directory.database))
        #expect(throws: StoreError.self) { try directory.open() }
        #expect(throws: StoreError.self) {
            try SQLiteStore.open(
                path: directory.url.path + "/missing/peal.db", renderer: PlainRenderer(),
                clock: { Timestamp(seconds: 1) })
        }
    }

    /// A trigger stands for a fault that a mutation meets after it has written for its first recipient.
    @Test func aFaultFailsOneMutationOfABatch() async throws {
        try await withDirectory { directory in
            try await directory.withStore { _ in }
            try directory.execute(
                "CREATE TRIGGER fault BEFORE INSERT ON notifications WHEN new.type = 'bad' AND new.inbox = 2 BEGIN SELECT raise(FAIL, 'no'); END"
            )
            try await directory.withStore { store in
                let types = ["good", "good", "bad", "good", "bad", "good"]
                let results = await store.write(types.map { .ingest(Ingest(event: .plain(maria, joao, type: $0))) })
                var seq: Seq = 0
                for (type, result) in zip(types, results) {
                    if type == "bad" {
                        guard case .failure(let error) = result else { throw UnexpectedAnswer() }
                        #expect(error.code == .internalFault)
                    } else {
                        seq += 1
                        guard case .ingest(let outcomes, _) = try result.get() else { throw UnexpectedAnswer() }
                        #expect(outcomes.map(\.seq) == [seq, seq])
                    }
                }
                #expect(store.isHealthy)
                for user in [maria, joao] {
                    let (stored, counted) = try await store.recount(of: user)
                    #expect(stored.seq == 4 && stored.unreadCount == 4 && counted.unread == 4)
                }
            }
        }
    }

    /// A store that cannot write says so, still reads, and finds out by itself when it can.
    @Test func troubleIsReportedAndPasses() async throws {
        try await withDirectory { directory in
            var options = SQLiteStoreOptions()
            options.busyTimeout = .milliseconds(50)
            let published = Mutex<[Publication]>([])
            let store = try directory.open(options: options) { batch in published.withLock { $0 += batch } }
            let id = try #require(try await store.send(.plain(maria)).notificationID)
            let intruder = try Intruder(of: directory)
            await #expect(throws: StoreError.self) { try await store.send(.plain(maria)) }
            #expect(!store.isHealthy)
            #expect(try await store.inbox(of: maria).seq == 1)
            published.withLock { $0 = [] }
            store.submit(
                InboxCommand(
                    user: maria, kind: .rows(.read, [id]), origin: CommandOrigin(session: 1, requestID: "1")))
            try await published.wait { !$0.isEmpty }
            guard case .unchanged(.failed(let error)) = published.withLock({ $0.first?.content }) else {
                throw UnexpectedAnswer()
            }
            #expect(error.code == .unavailable)
            try intruder.leave()
            for _ in 0..<6_000 where !store.isHealthy { try await Task.sleep(for: .milliseconds(10)) }
            #expect(store.isHealthy)
            #expect(try await store.send(.plain(maria)).seq == 2)
            await store.close()
        }
    }

    /// Another process that holds the write lock for a moment costs time, nothing else.
    @Test func anIntrudersLockIsWaitedFor() async throws {
        try await withDirectory { directory in
            try await directory.withStore { store in
                try await store.send(.plain(maria))
                let intruder = try Intruder(of: directory)
                async let outcome = store.send(.plain(maria))
                try await Task.sleep(for: .milliseconds(200))
                try intruder.leave()
                let seq = try await outcome.seq
                #expect(seq == 2 && store.isHealthy)
            }
        }
    }

    /// What waits for the disk is bounded by bytes; when it has been stored, there is room again.
    @Test func tooMuchThatWaitsIsRefused() async throws {
        try await withDirectory { directory in
            var options = SQLiteStoreOptions()
            options.queueByteLimit = 20_000
            try await directory.withStore(options: options) { store in
                for round in 1...2 {
                    let intruder = try Intruder(of: directory)
                    let codes = try await withThrowingTaskGroup(of: StoreError.Code?.self) { group in
                        for _ in 0..<200 {
                            group.addTask {
                                do {
                                    try await store.send(.plain(maria))
                                    return nil
                                } catch let error as StoreError {
                                    return error.code
                                }
                            }
                        }
                        try await Task.sleep(for: .milliseconds(200))
                        try intruder.leave()
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    let stored = codes.count { $0 == nil }
                    #expect((50...150).contains(stored), "\(stored) of about 270 bytes in round \(round)")
                    #expect(codes.allSatisfy { $0 == nil || $0 == .unavailable } && store.isHealthy)
                }
            }
        }
    }

    /// A file system of two megabytes that fills up, and gets room again. Needs the right to mount one, as root or by `sudo`.
    @Test func aFullDiskIsReportedAndPasses() async throws {
        try await withDirectory { directory in
            try #require(try directory.mount(megabytes: 2), "a tmpfs must be mounted: run the tests as root")
            defer { directory.unmount() }
            let store = try directory.open()
            let ballast = directory.url.path + "/ballast"
            try Data(count: 1 << 20).write(to: URL(filePath: ballast))
            var event = Event.plain(maria)
            event.metadata = "{\"x\":\"" + String(repeating: "x", count: 20_000) + "\"}"
            var stored: Seq = 0
            var failure: StoreError?
            while failure == nil, stored < 500 {
                do {
                    stored = try await store.send(event).seq
                } catch let error as StoreError {
                    failure = error
                }
            }
            #expect(failure?.code == .unavailable && !store.isHealthy)
            #expect(try await store.inbox(of: maria).seq == stored)
            try FileManager.default.removeItem(atPath: ballast)
            for _ in 0..<6_000 where !store.isHealthy { try await Task.sleep(for: .milliseconds(10)) }
            #expect(store.isHealthy)
            #expect(try await store.send(event).seq == stored + 1)
            let (inbox, counted) = try await store.recount(of: maria)
            #expect(inbox.unreadCount == Int(stored) + 1 && counted.unread == inbox.unreadCount)
            await store.close()
        }
    }
}

/// Somebody who holds the database's write lock.
private struct Intruder {
    private let connection: SQLConnection

    init(of directory: SQLiteDirectory) throws {
        connection = try SQLConnection(path: directory.database, role: .upkeep)
        try connection.prepare("BEGIN IMMEDIATE").run()
    }

    func leave() throws {
        try connection.prepare("COMMIT").run()
        connection.close()
    }
}

extension Mutex where Value == [Publication] {
    fileprivate borrowing func wait(until condition: ([Publication]) -> Bool) async throws {
        for _ in 0..<6_000 where !withLock({ condition($0) }) { try await Task.sleep(for: .milliseconds(10)) }
    }
}

extension SQLiteDirectory {
    fileprivate func mount(megabytes: Int) throws -> Bool {
        try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", url.path)
    }

    fileprivate func unmount() {
        _ = try? run("/usr/bin/umount", "-l", url.path)
    }

    private func run(_ program: String, _ arguments: String...) throws -> Bool {
        let process = Process()
        let asRoot = getuid() == 0 ? [] : ["/usr/bin/sudo", "-n"]
        let command = asRoot + [program] + arguments
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
