import PealCore
import Synchronization
import Testing

@testable import PealPipeline

/// What happens by itself, with a clock that moves when it is told to.
@Suite struct UpkeepTests {
    private final class Clock: Sendable {
        private let time = Mutex(Timestamp(seconds: 1000))
        @Sendable func now() -> Timestamp { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
    }

    private let clock = Clock()
    private let maria = UserID(trusted: "maria")

    private func store() throws -> InMemoryStore {
        InMemoryStore(renderer: try Templates(), clock: clock.now)
    }

    private func send(
        _ count: Int, to store: InMemoryStore, until end: Duration? = nil
    ) async throws -> [NotificationID] {
        var ids: [NotificationID] = []
        for _ in 0..<count {
            let event = Event(
                type: "news", recipients: [Event.Recipient(maria)], message: "m",
                expiresAt: end.map { clock.now() + $0 })
            guard case .success(.ingest(let outcomes, _))? = await store.write([.ingest(Ingest(event: event))]).first
            else { continue }
            ids += outcomes.compactMap(\.notificationID)
        }
        return ids
    }

    @Test func whatIsDueHappensAtItsTimeAndNotBefore() async throws {
        let store = try store()
        let worker = DueWorker(store: store, clock: clock.now)
        #expect(await worker.step() == .seconds(1))
        let ids = try await send(2, to: store, until: .milliseconds(2500))
        let snooze = InboxCommand(user: maria, kind: .snooze([ids[0]], until: clock.now() + .milliseconds(400)))
        _ = await store.write([.inbox(snooze)])
        #expect(await worker.step() == .milliseconds(400))
        clock.advance(by: .milliseconds(399))
        #expect(await worker.step() == .milliseconds(1))
        #expect(try await store.inbox(of: maria).unreadCount == 1)
        clock.advance(by: .milliseconds(1))
        // What is put off meanwhile may be due sooner, so it never rests longer than a second.
        #expect(await worker.step() == .seconds(1))
        #expect(try await store.inbox(of: maria).unreadCount == 2)
        clock.advance(by: .milliseconds(2100))
        #expect(await worker.step() == .seconds(1))
        #expect(try await store.inbox(of: maria).unreadCount == 0)
    }

    @Test func aCrowdThatIsDueGoesInSteps() async throws {
        let store = try store()
        let worker = DueWorker(store: store, clock: clock.now)
        _ = try await send(DueWorker.stepSize + 5, to: store, until: .seconds(1))
        clock.advance(by: .seconds(1))
        #expect(await worker.step() == .zero)
        #expect(try await store.inbox(of: maria).unreadCount == 5)
        #expect(await worker.step() == .seconds(1))
        #expect(try await store.inbox(of: maria).unreadCount == 0)
    }

    @Test func aClosedStoreIsNoReasonToHurry() async throws {
        let store = try store()
        await store.close()
        #expect(await DueWorker(store: store, clock: clock.now).step() == .seconds(1))
    }

    @Test func retentionWalksThroughAllInboxes() async throws {
        let store = try store()
        let policy = RetentionPolicy(maximumAge: .seconds(100), maximumRows: 150, tombstoneAge: .seconds(10))
        let worker = RetentionWorker(store: store, policy: policy, pace: .zero, clock: clock.now)
        _ = try await send(200, to: store)
        await worker.pass()
        #expect(try await store.inbox(of: maria).unreadCount == 150)
        #expect(try await store.changes(of: maria, after: 0, limit: 1000).changes.count == 200)
        clock.advance(by: .seconds(11))
        await worker.pass()
        #expect(try await store.changes(of: maria, after: 0, limit: 1000).changes.count == 150)
        #expect(try await store.inbox(of: maria).floor == 250)
        clock.advance(by: .seconds(90))
        await worker.pass()
        #expect(try await store.recount(of: maria).counted == UnreadCounts(unread: 0, unseen: 0))
        #expect(try await store.inbox(of: maria).unreadCount == 0)
    }
}
