import Dispatch
import PealCore
import PealSQL
import Synchronization
import Testing

@testable import PealSQLite

/// Interactive work goes before bulk work (RULES 14).
@Suite struct PriorityTests {
    /// Holds the thread that commits after its first batch for João, until a test has asked for something else.
    private final class Gate: Sendable {
        let batches = Mutex<[[Publication]]>([])
        let isHeld = AsyncStream<Void>.makeStream()
        let opened = DispatchSemaphore(value: 0)
        private let hasHeld = Atomic(false)

        func take(_ batch: [Publication]) {
            batches.withLock { $0.append(batch) }
            guard batch.contains(where: { $0.user == joao }),
                !hasHeld.exchange(true, ordering: .acquiringAndReleasing)
            else { return }
            isHeld.continuation.finish()
            opened.wait()
        }

        func hold() async { for await _ in isHeld.stream {} }
    }

    @Test func aCommandPassesTwentyThousandEventsThatWait() async throws {
        try await withDirectory { directory in
            let gate = Gate()
            let store = try directory.open { gate.take($0) }
            let id = try #require(try await store.send(.plain(maria)).notificationID)
            async let answers = store.write((0..<20_000).map { _ in .ingest(Ingest(event: .plain(joao))) })
            await gate.hold()
            let before = gate.batches.withLock { $0.count }
            let origin = CommandOrigin(session: 1, requestID: "1")
            store.submit(InboxCommand(user: maria, kind: .rows(.read, [id]), origin: origin))
            gate.opened.signal()
            #expect(await answers.count { (try? $0.get()) != nil } == 20_000)
            let batches = gate.batches.withLock { $0 }
            let index = try #require(batches.firstIndex { batch in batch.contains { $0.origin == origin } })
            #expect(index <= before + 1, "the command came \(index - before) batches later, of \(batches.count)")
            #expect(batches.count > before + 10, "the events must not fit into the same batch")
            await store.close()
        }
    }

    @Test func revocationsAndChangesOfKeysPassEventsThatWait() {
        let key = APIKeyRecord(
            id: "k", digest: [1], label: "", scopes: [], createdAt: Timestamp(milliseconds: 0))
        for urgent in [
            Mutation.revoke(maria, .issuedBefore(Timestamp(milliseconds: 0))), .addKey(key), .revokeKey(id: "k"),
        ] {
            let queue = WriteQueue(byteLimit: 1 << 20, commandLimit: 10)
            #expect(queue.push(.init(mutations: [.ingest(Ingest(event: .plain(joao)))])) == nil)
            #expect(queue.push(.init(mutations: [urgent])) == nil)
            var backlog = WriteBacklog()
            _ = queue.collect(into: &backlog)
            if case .ingest = backlog.next()?.mutation { Issue.record("\(urgent) waited for an event") }
            guard case .ingest = backlog.next()?.mutation else {
                Issue.record("the event has gone")
                continue
            }
        }
    }
}
