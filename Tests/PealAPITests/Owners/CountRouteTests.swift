import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct CountRouteTests {
    let server: TestServer

    init() async throws {
        server = try await TestServer()
        for type in ["news", "like", "like"] { try await server.notify(#""user_id":"m","type":"\#(type)""#) }
        _ = try await server.post("/v1/notifications/read-all", as: "m", body: #"{"up_to_seq":2}"#)
    }

    @Test func anInboxIsCountedByType() async throws {
        let answer = try await server.get("/v1/notifications/counts", as: "m")
        #expect(answer.status == 200 && answer.headers[.cacheControl] == "private, no-cache")
        #expect([answer["total"], answer["unread"], answer["unseen"]].map { $0?.integer } == [3, 1, 1])
        let types = answer["by_type"]?.array ?? []
        #expect(types.map { $0["type"]?.string } == ["like", "news"])
        #expect(types.map { $0["total"]?.integer } == [2, 1])
        #expect(types.map { $0["unread"]?.integer } == [1, 0])
        let counts = try await server.get("/v1/notifications/unread-count", as: "m")
        #expect(answer["cursor"] == counts["cursor"] && answer["seq"]?.integer == 4)
        #expect(answer["unread_count"]?.integer == 1)
    }

    @Test func oneTypeAloneBesideTheWholeInboxsCounts() async throws {
        let answer = try await server.get("/v1/notifications/counts?type=news", as: "m")
        #expect(answer["by_type"]?.array?.count == 1)
        #expect(answer["total"]?.integer == 1 && answer["unread"]?.integer == 0 && answer["unread_count"]?.integer == 1)
        #expect(try await server.get("/v1/notifications/counts?type=none", as: "m")["by_type"]?.array == [])
    }

    @Test func whoIsUpToDateIsToldSo() async throws {
        let first = try await server.get("/v1/notifications/counts", as: "m")
        let headers: HTTPFields = [.ifNoneMatch: first.headers[.eTag] ?? ""]
        #expect(try await server.get("/v1/notifications/counts", as: "m", headers: headers).status == 304)
        #expect(try await server.get("/v1/notifications/counts?type=like", as: "m", headers: headers).status == 200)
        try await server.notify(#""user_id":"m","type":"news""#)
        #expect(try await server.get("/v1/notifications/counts", as: "m", headers: headers).status == 200)
    }

    @Test func eachSeesTheirOwn() async throws {
        #expect(try await server.get("/v1/notifications/counts", as: "other")["total"]?.integer == 0)
        let acting = try await server.send(
            .get, "/v1/notifications/counts?user_id=m", token: server.keys[.actAs])
        #expect(acting["total"]?.integer == 3)
        #expect(try await server.send(.get, "/v1/notifications/counts").status == 401)
        #expect(
            try await server.send(.get, "/v1/notifications/counts?user_id=m", token: server.keys[.read]).status == 403)
        server.store.fail(with: .unavailable)
        #expect(try await server.get("/v1/notifications/counts", as: "m").status == 503)
    }
}
