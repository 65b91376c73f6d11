import PealCore
import Testing

@testable import PealPipeline

/// The worker and the pipeline, from accepting an event for a topic to its last member.
@Suite struct FanOutWorkerTests {
    private let maria = UserID(trusted: "maria")
    private let news = TopicName(trusted: "news")
    private let store: InMemoryStore
    private let pipeline: Pipeline
    private let worker: FanOutWorker

    init() throws {
        let clock: @Sendable () -> Timestamp = { Timestamp(seconds: 1_768_473_000) }
        store = InMemoryStore(renderer: try Templates(), clock: clock)
        let alarm = ScheduleAlarm()
        let online = (0..<60).map { UserID(trusted: "online \($0)") }
        pipeline = Pipeline(store: store, fanOutAlarm: alarm, online: { online }, clock: clock)
        worker = FanOutWorker(store: store, alarm: alarm, clock: clock)
    }

    private func accept(_ request: EventRequest) async throws -> Outcome {
        let results = await pipeline.accept([(request, nil)])
        return try #require(try results.first?.get().outcomes.first)
    }

    @Test func severalTakeTurnsUntilAllAreOver() async throws {
        let members = (0..<500).map { UserID(trusted: "u\($0)") }
        for users in [members[0..<250], members[250..<500]] {
            _ = await store.write([.topic(.add(news, Array(users)))])
        }
        _ = await store.write([.topic(.add(TopicName(trusted: "few"), [maria]))])
        let outcomes = [
            try await accept(EventRequest(type: "post", users: [], topic: news, message: "m")),
            try await accept(EventRequest(type: "post", users: [], topic: TopicName(trusted: "few"), message: "m")),
            try await accept(EventRequest(type: "post", users: [], topic: .online, message: "m")),
        ]
        #expect(outcomes.map(\.kind) == [.accepted, .accepted, .accepted])
        #expect(await worker.pass() == .seconds(30))
        var created: [Int] = []
        for outcome in outcomes {
            let id = try #require(outcome.fanOutID)
            let fanOut = try #require(try await store.fanOut(id))
            #expect(fanOut.state == .finished)
            created.append(fanOut.tally.created)
        }
        #expect(created == [500, 1, 60])
        for user in members { #expect(try await store.inbox(of: user).unreadCount == 1) }
    }

    @Test func anActIsTakenBackFromMembers() async throws {
        _ = await store.write([.topic(.add(news, [maria]))])
        let target = Event.Target(type: "post", id: "1")
        _ = try await accept(
            EventRequest(type: "post", users: [], topic: news, actor: Actor(id: "a"), target: target))
        _ = await worker.pass()
        #expect(try await store.inbox(of: maria).unreadCount == 1)
        let asked = try RetractionRequest(
            JSON.parse(#"{"topic":"news","type":"post","actor_id":"a","target_type":"post","target_id":1}"#.utf8))
        #expect(asked.topic == news)
        _ = try await pipeline.retract(asked.retraction, from: news).get()
        _ = await worker.pass()
        #expect(try await store.inbox(of: maria).unreadCount == 0)
    }

    @Test func whatCannotBeTakenBackIsSaid() throws {
        for body in [#"{"topic":"news","type":"x"}"#, #"{"topic":"$online","type":"x","actor_id":"a"}"#] {
            #expect(throws: ValidationFailure.self) { try RetractionRequest(JSON.parse(body.utf8)) }
        }
    }

    @Test(arguments: [
        (#"{"user_ids":["a","b","a",7]}"#, "a b 7"), (#"{"user_ids":[]}"#, "user_ids required"),
        (#"{}"#, "user_ids required"), (#"{"user_ids":["a"],"x":1}"#, "x unknown_field"),
        (#"{"user_ids":[null]}"#, "user_ids[0] wrong_type"), (#"{"user_ids":"a"}"#, "user_ids wrong_type"),
        (#"[]"#, " wrong_type"),
    ])
    func membersAreRead(_ body: String, _ expected: String) throws {
        let json = try JSON.parse(body.utf8)
        do throws(ValidationFailure) {
            let request = try MembersRequest(json)
            #expect(request.users.map(\.rawValue).joined(separator: " ") == expected)
        } catch {
            #expect(error.problems.map { "\($0.field) \($0.code.rawValue)" } == [expected])
        }
    }
}
