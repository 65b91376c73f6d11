import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct NotifyTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    func post(_ body: String, key: String? = nil, headers: HTTPFields = [:]) async throws -> Answer {
        try await server.send(.post, "/v1/notifications", token: key ?? server.key, headers: headers, body: body)
    }

    @Test func oneIsCreated() async throws {
        let answer = try await post(
            #"{"user_id":"maria","type":"like","actor_id":"joao","actor_name":"João","target_type":"post","target_id":42}"#
        )
        #expect(answer.status == 201)
        #expect(answer.headers[.contentType] == "application/json")
        let outcome = try #require(answer.rows.first)
        #expect(outcome["user_id"]?.string == "maria")
        #expect(outcome["seq"]?.integer == 1)
        #expect(outcome["outcome"]?.string == "created")
        #expect(outcome["reason"] == nil)
        #expect(outcome["notification_id"]?.string.flatMap { NotificationID($0) } != nil)
    }

    @Test func severalGetTheirOutcomesInOrder() async throws {
        let answer = try await post(#"{"user_ids":[1,"b",1,2],"type":"like","actor_id":"b"}"#)
        #expect(answer.rows.map { $0["user_id"]?.string } == ["1", "b", "2"])
        #expect(answer.rows.map { $0["outcome"]?.string } == ["created", "suppressed", "created"])
        let suppressed = answer.rows[1]
        #expect(suppressed["reason"]?.string == "self")
        #expect(suppressed["notification_id"] == .null)
        #expect(suppressed["seq"] == .null)
    }

    @Test func likesAggregate() async throws {
        let like = #""user_id":"m","type":"like","target_type":"post","target_id":"1""#
        let first = try await server.notify(like + #","actor_id":"a""#)
        let answer = try await post("{\(like),\"actor_id\":\"b\"}")
        #expect(answer.status == 201)
        #expect(answer.rows.first?["outcome"]?.string == "aggregated")
        #expect(answer.rows.first?["notification_id"]?.string == first)
    }

    @Test func repeatingRepeatsTheAnswer() async throws {
        let body = #"{"user_id":"m","type":"x","metadata":{"a":1,"b":2}}"#
        let first = try await post(body, headers: [.idempotencyKey: "k-1"])
        #expect(first.headers[.idempotentReplayed] == nil)
        let reordered = #"{ "type":"x", "metadata":{"b":2,"a":1}, "user_id":"m" }"#
        for body in [body, reordered] {
            let again = try await post(body, headers: [.idempotencyKey: "k-1"])
            #expect(again.status == 201)
            #expect(again.headers[.idempotentReplayed] == "true")
            #expect(again.text == first.text)
        }
        let list = try await server.get("/v1/notifications", as: "m")
        #expect(list.rows.count == 1)
    }

    @Test func anotherBodyUnderTheSameKeyIsAConflict() async throws {
        _ = try await post(#"{"user_id":"m","type":"x"}"#, headers: [.idempotencyKey: "k"])
        let answer = try await post(#"{"user_id":"m","type":"y"}"#, headers: [.idempotencyKey: "k"])
        #expect(answer.status == 422)
        #expect(answer.code == "idempotency_conflict")
    }

    @Test func idempotencyKeysBelongToTheirApiKey() async throws {
        let body = #"{"user_id":"m","type":"x"}"#
        _ = try await post(body, headers: [.idempotencyKey: "k"])
        let other = try await post(body, key: server.keys[.notify], headers: [.idempotencyKey: "k"])
        #expect(other.headers[.idempotentReplayed] == nil)
        #expect(other.rows.first?["seq"]?.integer == 2)
    }

    @Test(arguments: ["", String(repeating: "k", count: 256), "é"])
    func badIdempotencyKeysAreRefused(name: String) async throws {
        let answer = try await post(#"{"user_id":"m","type":"x"}"#, headers: [.idempotencyKey: name])
        #expect(answer.status == 400)
        #expect(answer.errors == ["Idempotency-Key invalid"])
    }

    @Test func everyWrongFieldIsNamed() async throws {
        let answer = try await post(#"{"user_ids":["a",{}],"typ":"x","url":"javascript:x"}"#)
        #expect(answer.status == 400)
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.code == "validation_failed")
        #expect(answer["type"]?.string == "urn:peal:problem:validation_failed")
        #expect(answer["status"]?.integer == 400)
        #expect(answer["title"]?.string == "The request is not valid")
        #expect(answer["detail"]?.string?.isEmpty == false)
        #expect(answer.errors == ["user_ids[1] wrong_type", "typ unknown_field", "url invalid", "type required"])
    }

    @Test(arguments: [
        ("", 0), (#"{"user_id":"m","#, 15), (#"{"a":1,}"#, 7), ("{} x", 3), ("nope", 0), (#"{"a":"\x"}"#, 8),
    ])
    func brokenJsonIsLocated(body: String, offset: Int) async throws {
        let answer = try await post(body)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_json")
        #expect(answer["detail"]?.string?.hasSuffix("at byte \(offset)") == true, "\(answer.text)")
    }

    @Test func longBodiesAreRefused() async throws {
        let small = try await TestServer(settings: APISettings(bodyLimit: 100))
        let body = #"{"user_id":"m","type":"x","message":"\#(String(repeating: "x", count: 100))"}"#
        let answer = try await small.send(.post, "/v1/notifications", token: small.key, body: body)
        #expect(answer.status == 413)
        #expect(answer.code == "body_too_large")
    }

    @Test func aStoreThatCannotWriteIsUnavailable() async throws {
        server.store.fail(with: .unavailable)
        let answer = try await post(#"{"user_id":"m","type":"x"}"#)
        #expect(answer.status == 503)
        #expect(answer.code == "unavailable")
        #expect(answer.headers[.retryAfter] == "1")
        server.store.fail(with: .internalFault)
        let fault = try await post(#"{"user_id":"m","type":"x"}"#)
        #expect(fault.status == 500)
        #expect(!fault.text.contains("made up"))
    }
}

@Suite struct BatchTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    func post(_ body: String, type: String = "application/json", key: String? = nil) async throws -> Answer {
        var headers: HTTPFields = [.contentType: type]
        if let key { headers[.idempotencyKey] = key }
        return try await server.send(
            .post, "/v1/notifications/batch", token: server.key, headers: headers, body: body)
    }

    func statuses(_ answer: Answer) -> [Int64?] { (answer["results"]?.array ?? []).map { $0["status"]?.integer } }

    @Test func itemsAreJudgedOneByOne() async throws {
        let answer = try await post(
            #"[{"user_id":"a","type":"x"},{"user_id":"a"},7,{"user_ids":["b","c"],"type":"y","idempotency_key":"k"}]"#)
        #expect(answer.status == 200)
        #expect(statuses(answer) == [201, 400, 400, 201])
        let results = try #require(answer["results"]?.array)
        #expect(results[0]["notifications"]?.array?.first?["outcome"]?.string == "created")
        #expect(results[0]["replayed"] == .bool(false))
        #expect(results[1]["problem"]?["errors"]?.array?.first?["field"]?.string == "type")
        #expect(results[2]["problem"]?["code"]?.string == "validation_failed")
        #expect(results[3]["notifications"]?.array?.count == 2)
    }

    @Test(arguments: ["application/x-ndjson", "application/jsonl; charset=utf-8", "Application/NDJSON"])
    func linesAreItems(type: String) async throws {
        let answer = try await post(
            "{\"user_id\":\"a\",\"type\":\"x\"}\r\n\n  \n{\"user_id\":\n{\"user_id\":\"b\",\"type\":\"x\"}", type: type)
        #expect(statuses(answer) == [201, 400, 201])
        #expect(answer["results"]?.array?[1]["problem"]?["code"]?.string == "invalid_json")
    }

    @Test func itemsMayBeRepeated() async throws {
        let body =
            #"[{"user_id":"a","type":"x","idempotency_key":"k"},{"user_id":"a","type":"y","idempotency_key":"k"}]"#
        let first = try await post(body)
        #expect(statuses(first) == [201, 422])
        let again = try await post(body)
        #expect(again["results"]?.array?.first?["replayed"] == .bool(true))
        let single = try await server.send(
            .post, "/v1/notifications", token: server.key, headers: [.idempotencyKey: "k"],
            body: #"{"user_id":"a","type":"x"}"#)
        #expect(single.headers[.idempotentReplayed] == "true", "the same key means the same on both paths")
    }

    func replays(_ answer: Answer) -> [Bool?] { (answer["results"]?.array ?? []).map { $0["replayed"]?.bool } }

    @Test func aBatchWithAKeyThatIsSentAgainDoublesNothing() async throws {
        let items = [#"{"user_id":"a","type":"x"}"#, "7", #"{"user_id":"a","type":"x"}"#]
        let first = try await post("[\(items.joined(separator: ","))]", key: "b")
        #expect(statuses(first) == [201, 400, 201])
        #expect(replays(first) == [false, nil, false])
        // As lines it is the same batch.
        for again in [
            try await post("[\(items.joined(separator: ","))]", key: "b"),
            try await post(items.joined(separator: "\n\n"), type: "application/x-ndjson", key: "b"),
        ] {
            #expect(statuses(again) == [201, 400, 201])
            #expect(replays(again) == [true, nil, true])
            let ids = [first, again].map { answer in
                (answer["results"]?.array ?? []).map { $0["notifications"]?.array?.first?["notification_id"] }
            }
            #expect(ids[0] == ids[1])
        }
        #expect(try await server.get("/v1/notifications", as: "a").rows.count == 2)
    }

    @Test func anItemsOwnKeyGoesBeforeItsPlaceInTheBatch() async throws {
        let own = #"{"user_id":"a","type":"x","idempotency_key":"own"}"#
        _ = try await post("[\(own)]", key: "b")
        let again = try await post(#"[{"user_id":"a","type":"y"},\#(own)]"#, key: "b")
        #expect(statuses(again) == [201, 201])
        #expect(replays(again) == [false, true])
    }

    @Test func anotherItemAtTheSamePlaceIsAConflict() async throws {
        _ = try await post(#"[{"user_id":"a","type":"x"},{"user_id":"a","type":"x"}]"#, key: "b")
        let answer = try await post(#"[{"user_id":"a","type":"x"},{"user_id":"a","type":"y"}]"#, key: "b")
        #expect(statuses(answer) == [201, 422])
        let single = try await server.send(
            .post, "/v1/notifications", token: server.key, headers: [.idempotencyKey: "b/1"],
            body: #"{"user_id":"a","type":"x"}"#)
        #expect(single.headers[.idempotentReplayed] == "true", "one item can be asked for by its place")
    }

    @Test(arguments: ["", String(repeating: "k", count: 256), "é"])
    func badKeysOfBatchesAreRefused(name: String) async throws {
        let answer = try await post(#"[{"user_id":"m","type":"x"}]"#, key: name)
        #expect(answer.status == 400)
        #expect(answer.errors == ["Idempotency-Key invalid"])
    }

    @Test func wrongBatchesAreRefusedAsAWhole() async throws {
        #expect(try await post("{}").code == "validation_failed")
        #expect(try await post("[]").code == "empty_batch")
        #expect(try await post("[1,").code == "invalid_json")
        #expect(try await post("\n", type: "application/x-ndjson").code == "empty_batch")
        let items = Array(repeating: #"{"user_id":"a","type":"x"}"#, count: 1001).joined(separator: ",")
        let tooMany = try await post("[\(items)]")
        #expect(tooMany.status == 413)
        #expect(tooMany.code == "too_many_items")
    }

    @Test func aThousandItemsAreTaken() async throws {
        let items = (0..<1000).map { #"{"user_id":"u\#($0 % 50)","type":"x"}"# }.joined(separator: "\n")
        let answer = try await post(items, type: "application/x-ndjson")
        #expect(statuses(answer).allSatisfy { $0 == 201 })
        #expect(statuses(answer).count == 1000)
    }

    @Test func nothingStoredIsNotSuccess() async throws {
        server.store.fail(with: .unavailable)
        #expect(try await post(#"[{"user_id":"a","type":"x"}]"#).status == 503)
        #expect(try await post(#"[{"user_id":"a","type":"x"},{}]"#).status == 200)
    }
}
