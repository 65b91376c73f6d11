import Foundation
import PealCore
import PealSQL
import PealSQLite
import Synchronization
import Testing

@Suite struct DurabilityTests {
    /// What was acknowledged lies in the files at that moment, whatever becomes of the process.
    @Test func whatWasAcknowledgedIsInTheFiles() async throws {
        try await withDirectory { directory in
            let store = try directory.open()
            var outcomes: [Outcome] = []
            for round in 0..<20 {
                for actor in 0..<5 {
                    try await outcomes.append(store.send(.like(maria, by: "\(actor)", target: "\(round)")))
                }
                let crashed = try directory.copy()
                defer { crashed.remove() }
                try await crashed.withStore { copy in
                    let inbox = try await copy.inbox(of: maria)
                    #expect(inbox.seq == Seq(outcomes.count) && inbox.unreadCount == round + 1)
                    let (stored, counted) = try await copy.recount(of: maria)
                    #expect(counted.unread == stored.unreadCount && counted.unseen == stored.unseenCount)
                    let row = try await copy.notification(try #require(outcomes.last?.notificationID), of: maria).0
                    #expect(row.actorCount == 5)
                }
            }
            await store.close()
        }
    }

    /// A crash may cut the log anywhere: what is left is whole batches, in their order.
    @Test func aLogThatWasCutHoldsWholeBatches() async throws {
        try await withDirectory { directory in
            let users = (0..<7).map { UserID(trusted: "user\($0)") }
            let store = try directory.open()
            for _ in 0..<12 { try await store.send(Event(type: "notice", recipients: users.map { .init($0) })) }
            let whole = try directory.copy()
            await store.close()
            defer { whole.remove() }
            var random = SeededGenerator.fromEnvironment()
            print("\(#function): PEAL_SEED=\(random.seed)")
            let log = try #require(FileManager.default.contents(atPath: whole.database + "-wal"))
            for _ in 0..<12 {
                let cut = try whole.copy()
                defer { cut.remove() }
                let length = Int.random(in: 0...log.count, using: &random)
                try log.prefix(length).write(to: URL(filePath: cut.database + "-wal"))
                try? FileManager.default.removeItem(atPath: cut.database + "-shm")
                try await cut.withStore { store in
                    let heads = Set(try await store.heads(of: users).values)
                    #expect(heads.count <= 1, "PEAL_SEED=\(random.seed)")
                    for user in users {
                        let (stored, counted) = try await store.recount(of: user)
                        #expect(
                            counted.unread == stored.unreadCount && Seq(stored.unreadCount) == stored.seq,
                            "PEAL_SEED=\(random.seed)")
                    }
                }
            }
        }
    }

    /// `strace` counts the syncs of this process while a number of lone creates commit (RULES 13).
    @Test func everyCommitIsSynced() async throws {
        try await withDirectory { directory in
            try await directory.withStore { store in
                try await store.send(.plain(maria))
                let trace = directory.url.appendingPathComponent("trace")
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/strace")
                process.arguments = [
                    "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", trace.path, "-p",
                    "\(ProcessInfo.processInfo.processIdentifier)",
                ]
                let messages = directory.url.appendingPathComponent("messages")
                try Data().write(to: messages)
                process.standardError = try FileHandle(forWritingTo: messages)
                try process.run()
                // A child of Swift's threads is born with its signals blocked; the traced process goes on without it.
                defer { kill(process.processIdentifier, SIGKILL) }
                var isAttached = false
                while process.isRunning, !isAttached {
                    try await Task.sleep(for: .milliseconds(10))
                    isAttached = try String(contentsOf: messages, encoding: .utf8).contains("attached")
                }
                let said = try String(contentsOf: messages, encoding: .utf8)
                try #require(isAttached, "strace must be allowed to trace a process of the same user: \(said)")
                for _ in 0..<20 { try await store.send(.plain(maria)) }
                kill(process.processIdentifier, SIGKILL)
                while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
                let syncs = try String(contentsOf: trace, encoding: .utf8).split(separator: "\n").filter {
                    $0.contains(directory.database + "-wal") && !$0.contains("resumed")
                }
                #expect(syncs.count >= 20, "20 commits, \(syncs.count) syncs of the log")
            }
        }
    }

    @Test func theLogIsCopiedAndStartsAnew() async throws {
        try await withDirectory { directory in
            var options = SQLiteStoreOptions()
            options.checkpointPages = 64
            try await directory.withStore(options: options) { store in
                let users = (0..<40).map { UserID(trusted: "user\($0)") }
                for _ in 0..<300 { try await store.send(Event(type: "notice", recipients: users.map { .init($0) })) }
                let attributes = try FileManager.default.attributesOfItem(atPath: directory.database + "-wal")
                let pages = (attributes[.size] as? Int ?? 0) / 4120
                #expect(pages < 3000, "\(pages) pages, although the log was copied at 64")
                for user in users { #expect(try await store.inbox(of: user).seq == 300) }
            }
            #expect(!FileManager.default.fileExists(atPath: directory.database + "-wal"))
        }
    }

    @Test func closingFinishesWhatWasAccepted() async throws {
        try await withDirectory { directory in
            let count = Mutex(0)
            let store = try directory.open { batch in count.withLock { $0 += batch.count } }
            let id = try #require(try await store.send(.plain(maria)).notificationID)
            async let answers = store.write((0..<2000).map { _ in .ingest(Ingest(event: .plain(maria))) })
            for operation in [RowOperation.read, .unread, .archive] {
                store.submit(InboxCommand(user: maria, kind: .rows(operation, [id])))
            }
            try await Task.sleep(for: .milliseconds(2))
            await store.close()
            let taken = await answers.count { (try? $0.get()) != nil }
            try await directory.withStore { again in
                let inbox = try await again.inbox(of: maria)
                #expect(inbox.seq == Seq(taken + 4))
            }
            #expect(count.withLock { $0 } == taken + 4)
        }
    }
}
