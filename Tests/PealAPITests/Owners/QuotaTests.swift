import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

/// Keys with a quota, on a clock that moves when it is told to.
@Suite struct QuotaTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    private func key(_ quota: String) async throws -> String {
        let answer = try await server.send(
            .post, "/v1/keys", token: server.key, body: #"{"label":"q","scopes":["notify"],"quota":{\#(quota)}}"#)
        return answer["key"]?.string ?? ""
    }

    private func notify(_ key: String, users: Int = 1, headers: HTTPFields = [:]) async throws -> Answer {
        let names = (0..<users).map { "\"u\($0)\"" }.joined(separator: ",")
        return try await server.send(
            .post, "/v1/notifications", token: key, headers: headers,
            body: #"{"user_ids":[\#(names)],"type":"x"}"#)
    }

    private func batch(_ key: String, _ items: [String]) async throws -> Answer {
        try await server.send(
            .post, "/v1/notifications/batch", token: key, body: "[\(items.joined(separator: ","))]")
    }

    private func statuses(_ answer: Answer) -> [Int64?] {
        (answer["results"]?.array ?? []).map { $0["status"]?.integer }
    }

    @Test func recipientsAreCountedAndRefusedBeyond() async throws {
        let key = try await key(#""per_second":2,"burst":10"#)
        let first = try await notify(key, users: 7)
        #expect(first.status == 201)
        #expect(first.headers[.rateLimitPolicy] == #""rate";q=10;w=5"#)
        #expect(first.headers[.rateLimit] == #""rate";r=3;t=4"#)
        let refused = try await notify(key, users: 4)
        #expect(refused.status == 429 && refused.code == "quota_exceeded")
        #expect(refused.headers[.retryAfter] == "1")
        #expect(refused.headers[.rateLimit] == #""rate";r=3;t=4"#)
        #expect(refused.headers[.contentType] == "application/problem+json")
        #expect(try await server.store.inbox(of: UserID(trusted: "u0")).seq == 1, "nothing of it was stored")
        server.clock.advance(by: .milliseconds(500))
        #expect(try await notify(key, users: 4).status == 201)
    }

    @Test func aDayEndsAtMidnight() async throws {
        let key = try await key(#""per_day":5"#)
        #expect(try await notify(key, users: 5).headers[.rateLimit] == #""day";r=0;t=6400"#)
        let refused = try await notify(key)
        // The clock stands at 22:13:20 UTC.
        #expect(refused.status == 429 && refused.headers[.retryAfter] == "6400")
        #expect(try await notify(key, users: 6).headers[.retryAfter] == nil, "that will never fit")
        server.clock.advance(by: .seconds(6400))
        #expect(try await notify(key).status == 201)
    }

    @Test func keysWithoutAQuotaHearNothingOfIt() async throws {
        let answer = try await notify(server.key, users: 100)
        #expect(answer.status == 201)
        #expect(answer.headers[.rateLimit] == nil && answer.headers[.rateLimitPolicy] == nil)
    }

    @Test func keysDoNotShareAQuota() async throws {
        let (one, other) = (try await key(#""per_day":1"#), try await key(#""per_day":1"#))
        for status in [201, 429] {
            #expect(try await notify(one).status == status)
            #expect(try await notify(other).status == status)
        }
    }

    @Test func whatStoresNothingCostsNothing() async throws {
        let key = try await key(#""per_day":3"#)
        #expect(try await notify(key, users: 2, headers: [.idempotencyKey: "k"]).status == 201)
        #expect(try await notify(key, users: 2, headers: [.idempotencyKey: "k"]).status == 429)
        let other = try await self.key(#""per_day":4"#)
        for _ in 0..<2 {
            let answer = try await notify(other, users: 2, headers: [.idempotencyKey: "k"])
            #expect(answer.status == 201 && answer.headers[.rateLimit] == #""day";r=2;t=6400"#)
        }
        server.store.fail(with: .unavailable)
        #expect(try await notify(other, users: 2).status == 503)
        server.store.fail(with: nil)
        #expect(try await notify(other, users: 2).status == 201)
        // What is not valid is not counted either.
        let third = try await self.key(#""per_day":1"#)
        #expect(try await server.send(.post, "/v1/notifications", token: third, body: "{}").status == 400)
        #expect(try await notify(third).status == 201)
    }

    @Test func aBatchIsTakenUpToTheFirstItemThatDoesNotFit() async throws {
        let key = try await key(#""per_second":1,"burst":3"#)
        let one = #"{"user_id":"a","type":"x"}"#
        let two = #"{"user_ids":["b","c"],"type":"x"}"#
        let answer = try await batch(key, [one, "{}", two, two, one])
        #expect(answer.status == 200 && statuses(answer) == [201, 400, 201, 429, 429])
        #expect(answer["results"]?.array?[3]["problem"]?["code"]?.string == "quota_exceeded")
        #expect(answer.headers[.rateLimit] == #""rate";r=0;t=3"#)
        #expect(try await server.store.inbox(of: UserID(trusted: "a")).seq == 1, "order is kept")
        // Nothing at all: whoever looks at the status alone must not take it for success.
        let refused = try await batch(key, [one, two])
        #expect(refused.status == 429 && refused.code == "quota_exceeded" && refused.headers[.retryAfter] == "1")
    }

    @Test func itemsThatWereThereBeforeAreGivenBack() async throws {
        let key = try await key(#""per_day":4"#)
        let items = (0..<2).map { #"{"user_id":"a","type":"x","idempotency_key":"k\#($0)"}"# }
        for _ in 0..<3 {
            let answer = try await batch(key, items)
            #expect(statuses(answer) == [201, 201] && answer.headers[.rateLimit] == #""day";r=2;t=6400"#)
        }
    }

    @Test func aQuotaThatChangesHoldsAtOnce() async throws {
        let made = try await server.send(
            .post, "/v1/keys", token: server.key, body: #"{"label":"q","scopes":["notify"],"quota":{"per_day":2}}"#)
        let key = made["key"]?.string ?? ""
        #expect(try await notify(key, users: 2).status == 201)
        #expect(try await notify(key).status == 429)
        let path = "/v1/keys/\(made["id"]?.string ?? "")"
        _ = try await server.send(.patch, path, token: server.key, body: #"{"quota":{"per_day":3}}"#)
        #expect(try await notify(key).status == 201)
        #expect(try await notify(key).status == 429)
        _ = try await server.send(.patch, path, token: server.key, body: #"{"quota":null}"#)
        #expect(try await notify(key, users: 50).status == 201)
    }
}
