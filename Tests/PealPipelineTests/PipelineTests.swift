import PealCore
import Synchronization
import Testing

@testable import PealPipeline

@Suite struct PipelineTests {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
    let store: InMemoryStore
    let pipeline: Pipeline

    init() throws {
        store = InMemoryStore(renderer: try Templates(), clock: clock.now)
        pipeline = Pipeline(store: store, clock: clock.now)
    }

    func event(_ fields: String) throws -> EventRequest {
        try EventRequest(JSON.parse(Array("{\(fields)}".utf8)))
    }

    func send(_ fields: String, key: IdempotencyKey? = nil) async throws -> AcceptedAnswer {
        let results = await pipeline.accept([(try event(fields), key)])
        return try #require(results.first).get()
    }

    func rows(_ user: String) async throws -> [Notification] {
        try await store.page(PageQuery(user: #require(UserID(user)))).rows
    }

    @Test func nobodyIsNotifiedOfTheirOwnAct() async throws {
        let answer = try await send(#""user_ids":["a","b"],"actor_id":"a","type":"like""#)
        #expect(answer.outcomes.map(\.kind) == [.suppressed, .created])
        #expect(answer.outcomes.first?.suppression == .own)
        #expect(try await rows("a").isEmpty)
        #expect(try await rows("b").count == 1)
    }

    @Test func expiredEventsAreNotStored() async throws {
        let answer = try await send(#""user_id":"a","type":"x","expires_at":"2023-11-14T22:13:20Z""#)
        #expect(answer.outcomes.map(\.suppression) == [.expired])
        let later = try await send(#""user_id":"a","type":"x","expires_at":"2023-11-14T22:13:21Z""#)
        #expect(later.outcomes.map(\.kind) == [.created])
    }

    @Test func elevenLikesAreOneNotification() async throws {
        for number in 1...10 {
            _ = try await send(
                #""user_id":"m","type":"like","actor_id":\#(number),"target_type":"post","target_id":42"#)
        }
        let last = try await send(
            #""user_id":"m","type":"like","actor_id":"joao","actor_name":"João","target_type":"post","target_id":42"#)
        #expect(last.outcomes.map(\.kind) == [.aggregated])
        let rows = try await rows("m")
        #expect(rows.map(\.message) == ["João e mais 10 pessoas curtiram seu post"])
        #expect(rows.map(\.actorCount) == [11])
    }

    @Test func textFollowsTheReadersLocale() async throws {
        let user = try #require(UserID("m"))
        _ = await store.write([.profile(UserProfile(user: user, locale: "en-GB"))])
        _ = try await send(#""user_id":"m","type":"follow","actor_id":"a","actor_name":"Ana""#)
        #expect(try await rows("m").map(\.message) == ["Ana started following you"])
    }

    @Test func longExcerptsAreCut() async throws {
        let words = Array(repeating: "palavra", count: 30).joined(separator: " ")
        _ = try await send(#""user_id":"m","type":"comment","actor_id":"Ana","excerpt":"\#(words)""#)
        let quoted = Array(repeating: "palavra", count: 12).joined(separator: " ") + "…"
        #expect(try await rows("m").map(\.message) == ["Ana comentou: '\(quoted)'"])
    }

    static let pairs: [(String, String, Bool)] = [
        (
            #""type":"like","target_type":"post","target_id":1"#, #""type":"like","target_type":"post","target_id":1"#,
            true
        ),
        (
            #""type":"like","target_type":"post","target_id":1"#, #""type":"like","target_type":"post","target_id":2"#,
            false
        ),
        (
            #""type":"like","target_type":"post","target_id":1"#, #""type":"like","target_type":"photo","target_id":1"#,
            false
        ),
        (
            #""type":"like","target_type":"post","target_id":1"#, #""type":"reply","target_type":"post","target_id":1"#,
            false
        ),
        (#""type":"like""#, #""type":"like""#, false),
        (#""type":"like","target_type":"post""#, #""type":"like","target_type":"post""#, false),
        (#""type":"follow""#, #""type":"follow","target_type":"user","target_id":9"#, true),
        (#""type":"order","target_type":"o","target_id":1"#, #""type":"order","target_type":"o","target_id":1"#, false),
        (
            #""type":"order","target_type":"o","target_id":1,"group":{}"#,
            #""type":"order","target_type":"o","target_id":1,"group":{}"#, true
        ),
        (#""type":"order","group":{}"#, #""type":"order","group":{}"#, false),
        (
            #""type":"order","group":{"key":"k"}"#,
            #""type":"order","group":{"key":"k"},"target_type":"o","target_id":1"#, true
        ),
        (#""type":"order","group":{"key":"k"}"#, #""type":"other","group":{"key":"k"}"#, false),
        (
            #""type":"like","target_type":"p","target_id":1"#,
            #""type":"like","target_type":"p","target_id":1,"group":false"#, false
        ),
        (
            #""type":"like","target_type":"p","target_id":1,"message":"a""#,
            #""type":"like","target_type":"p","target_id":1,"message":"b""#, false
        ),
        (
            #""type":"like","target_type":"p","target_id":1,"title":"a""#,
            #""type":"like","target_type":"p","target_id":1"#, false
        ),
        (
            #""type":"like","target_type":"p","target_id":1,"message":"a","group":{}"#,
            #""type":"like","target_type":"p","target_id":1,"message":"b","group":{}"#, true
        ),
        (
            #""type":"like","target_type":"a","target_id":"b4:like""#,
            #""type":"like","target_type":"a1:b","target_id":"4:like""#, false
        ),
        (#""type":"x","group":{"key":"a"}"#, #""type":"x","group":{"key":"1:a"}"#, false),
    ]

    @Test(arguments: pairs)
    func eventsGroupByTypeAndTarget(first: String, second: String, groups: Bool) async throws {
        _ = try await send(#""user_id":"m","actor_id":"a",\#(first)"#)
        let answer = try await send(#""user_id":"m","actor_id":"b",\#(second)"#)
        #expect(answer.outcomes.map(\.kind) == [groups ? .aggregated : .created])
    }

    @Test func groupsCloseWithTheirWindow() async throws {
        let like = #""user_id":"m","actor_id":"a","type":"like","target_type":"post","target_id":1"#
        _ = try await send(like)
        clock.advance(by: .seconds(300))
        #expect(try await send(like).outcomes.map(\.kind) == [.aggregated])
        clock.advance(by: .seconds(301))
        #expect(try await send(like).outcomes.map(\.kind) == [.created])
    }

    @Test func eventsMaySetTheirOwnLimits() async throws {
        let order = #""user_id":"m","type":"order","group":{"key":"k","window":10,"max_events":2}"#
        _ = try await send(order)
        #expect(try await send(order).outcomes.map(\.kind) == [.aggregated])
        #expect(try await send(order).outcomes.map(\.kind) == [.created])
        clock.advance(by: .seconds(11))
        #expect(try await send(order).outcomes.map(\.kind) == [.created])
    }

    @Test func groupedTypesAreASetting() async throws {
        let pipeline = Pipeline(
            store: store, settings: PipelineSettings(groupedTypes: ["order"]), clock: clock.now)
        for (type, kind) in [("order", Outcome.Kind.aggregated), ("like", .created)] {
            let request = try event(#""user_id":"m","type":"\#(type)","target_type":"t","target_id":1"#)
            let results = await pipeline.accept([(request, nil), (request, nil)])
            #expect(try results.last?.get().outcomes.map(\.kind) == [kind])
        }
    }

    @Test func repeatingRepeatsTheAnswer() async throws {
        let key = IdempotencyKey(source: "http", caller: "c", key: "k", fingerprint: 1)
        let first = try await send(#""user_id":"m","type":"x""#, key: key)
        let second = try await send(#""user_id":"m","type":"x""#, key: key)
        #expect(!first.isReplay)
        #expect(second.isReplay)
        #expect(second.outcomes == first.outcomes)
        #expect(try await rows("m").count == 1)
    }

    @Test func anotherRequestUnderTheSameKeyIsAConflict() async throws {
        let key = IdempotencyKey(source: "http", caller: "c", key: "k", fingerprint: 1)
        _ = try await send(#""user_id":"m","type":"x""#, key: key)
        var other = key
        other.fingerprint = 2
        let results = await pipeline.accept([(try event(#""user_id":"m","type":"y""#), other)])
        #expect(throws: PipelineError.self) { try results.first?.get() }
    }

    @Test func oneRefusalLeavesItsNeighboursAlone() async throws {
        let key = IdempotencyKey(source: "http", caller: "c", key: "k", fingerprint: 1)
        var other = key
        other.fingerprint = 2
        let request = try event(#""user_id":"m","type":"x""#)
        let results = await pipeline.accept([(request, key), (request, other), (request, nil)])
        #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
    }

    @Test func closedStoreIsUnavailable() async throws {
        await store.close()
        let results = await pipeline.accept([(try event(#""user_id":"m","type":"x""#), nil)])
        guard case .failure(let error) = results.first else { return #expect(Bool(false), "accepted") }
        #expect(error.code == .unavailable)
    }
}

/// A clock that moves when it is told to.
final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    @Sendable func now() -> Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
