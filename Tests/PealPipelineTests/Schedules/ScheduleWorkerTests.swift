import Foundation
import PealCore
import Synchronization
import Testing

@testable import PealPipeline

/// The worker and the pipeline, with a clock that moves when it is told to.
@Suite struct ScheduleWorkerTests {
    private final class Clock: Sendable {
        private let time = Mutex(Timestamp(seconds: 1_768_473_000))
        @Sendable func now() -> Timestamp { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
    }

    private let clock = Clock()
    private let maria = UserID(trusted: "maria")
    private let store: InMemoryStore
    private let pipeline: Pipeline
    private let worker: ScheduleWorker

    init() throws {
        store = InMemoryStore(renderer: try Templates(), clock: clock.now)
        let alarm = ScheduleAlarm()
        pipeline = Pipeline(store: store, alarm: alarm, clock: clock.now)
        worker = ScheduleWorker(store: store, alarm: alarm, clock: clock.now)
    }

    private func accept(_ request: EventRequest) async throws -> [Outcome] {
        let results = await pipeline.accept([(request, nil)])
        return try #require(results.first).get().outcomes
    }

    private func rows() async throws -> [PealCore.Notification] { try await store.page(PageQuery(user: maria)).rows }

    @Test func nothingIsToldBeforeItsTime() async throws {
        #expect(await worker.pass() == .seconds(30))
        let outcomes = try await accept(
            EventRequest(type: "news", users: [maria], message: "m", sendAt: clock.now() + .seconds(10)))
        #expect(outcomes.map(\.kind) == [.scheduled] && outcomes[0].sendAt == clock.now() + .seconds(10))
        #expect(await worker.pass() == .seconds(10))
        clock.advance(by: .milliseconds(9999))
        #expect(await worker.pass() == .milliseconds(1))
        #expect(try await rows().isEmpty)
        clock.advance(by: .milliseconds(1))
        #expect(await worker.pass() == .seconds(30))
        #expect(try await rows().map(\.message) == ["m"])
        #expect(try await store.scheduleCount() == 0)
    }

    @Test func aTimeThatHasComeIsNow() async throws {
        for sendAt in [clock.now(), clock.now() + .seconds(-5)] {
            let outcomes = try await accept(EventRequest(type: "news", users: [maria], message: "m", sendAt: sendAt))
            #expect(outcomes.map(\.kind) == [.created] && outcomes[0].sendAt == nil)
        }
    }

    /// Texts, names, self-check, expiry and groups are those of the moment.
    @Test func everythingIsDecidedAtTheTime() async throws {
        let target = Event.Target(type: "post", id: "42")
        func like(_ actor: String, _ users: [UserID], at seconds: Int64?) -> EventRequest {
            EventRequest(
                type: "like", users: users, actor: Actor(id: actor), target: target,
                sendAt: seconds.map { clock.now() + .seconds($0) })
        }
        let ana = UserID(trusted: "ana")
        let waiting = try await accept(like("ana", [maria, ana], at: 3600))
        #expect(waiting.map(\.kind) == [.scheduled, .scheduled])
        #expect(Set(waiting.map(\.scheduleID)).count == 1)
        clock.advance(by: .seconds(3590))
        _ = await store.write([.profile(UserProfile(user: ana, name: "Ana Maria"))])
        _ = await store.write([.profile(UserProfile(user: maria, locale: "en"))])
        _ = try await accept(like("bia", [maria], at: nil))
        clock.advance(by: .seconds(10))
        _ = await worker.pass()
        let row = try #require(try await rows().first)
        #expect(try await rows().count == 1 && row.actorCount == 2)
        #expect(row.message.contains("Ana Maria") && row.message.contains("liked"))
        // Nobody is told of their own act.
        #expect(try await store.inbox(of: ana).seq == 0)
    }

    @Test func whatIsOverdueGoesInItsOrder() async throws {
        let count = ScheduleWorker.stepSize * 2 + 3
        for number in (0..<count).shuffled() {
            _ = try await accept(
                EventRequest(
                    type: "news", users: [maria], message: "\(number)", group: .never,
                    sendAt: clock.now() + .seconds(number + 1)))
        }
        clock.advance(by: .seconds(3600))
        #expect(await worker.pass() == .seconds(30))
        let rows = try await store.page(PageQuery(user: maria, limit: 200)).rows.sorted { $0.seq < $1.seq }
        #expect(rows.map(\.message) == (0..<count).map(String.init))
    }

    @Test func whatCannotBeStoredStaysAndIsTriedAgain() async throws {
        _ = try await accept(
            EventRequest(type: "news", users: [maria], message: "m", sendAt: clock.now() + .seconds(1)))
        await store.close()
        #expect(await worker.pass() == .seconds(1))
    }

    @Test func anEarlierOneWakesTheWorker() async throws {
        let real = InMemoryStore(renderer: try Templates(), clock: { Self.realNow() })
        let alarm = ScheduleAlarm()
        let pipeline = Pipeline(store: real, alarm: alarm, clock: { Self.realNow() })
        let worker = ScheduleWorker(store: real, alarm: alarm, clock: { Self.realNow() })
        let task = Task { await worker.run() }
        try await Task.sleep(for: .milliseconds(100))
        let sendAt = Self.realNow() + .milliseconds(300)
        _ = await pipeline.accept([(EventRequest(type: "news", users: [maria], message: "m", sendAt: sendAt), nil)])
        for _ in 0..<2500 where try await real.inbox(of: maria).seq == 0 {
            try await Task.sleep(for: .milliseconds(10))
        }
        let row = try #require(try await real.page(PageQuery(user: maria)).rows.first)
        // Long before its next look by itself, after 30 s; how exact it is, is measured where nothing else runs.
        #expect(row.createdAt >= sendAt && row.createdAt - sendAt < .seconds(25))
        task.cancel()
        await task.value
    }

    private static func realNow() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    @Test func timesThatCannotBeMeantAreRefused() throws {
        func problems(_ text: String) throws -> [String] {
            let json = try JSON.parse(text.utf8)
            do throws(ValidationFailure) {
                _ = try pipeline.request(json)
                return []
            } catch {
                return error.problems.map { "\($0.field) \($0.code.rawValue)" }
            }
        }
        let (now, day) = (clock.now(), Duration.seconds(86_400))
        func body(_ sendAt: Timestamp, until end: Timestamp? = nil) -> String {
            let expiry = end.map { #","expires_at":"\#($0)""# } ?? ""
            return #"{"user_id":"u","type":"x","send_at":"\#(sendAt)"\#(expiry)}"#
        }
        #expect(try problems(body(now + day * 365)) == [])
        #expect(try problems(body(now + day * 366 + .milliseconds(1))) == ["send_at invalid"])
        #expect(try problems(body(now + day, until: now + day * 2)) == [])
        #expect(try problems(body(now + day, until: now + day)) == ["send_at conflict"])
        #expect(try problems(#"{"user_id":"u","type":"x","send_at":"tomorrow"}"#) == ["send_at invalid"])
        #expect(try problems(#"{"user_id":"u","type":"x","send_at":null}"#) == [])
    }
}
