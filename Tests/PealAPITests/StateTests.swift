import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

/// Snoozing, bulk operations, actors of a group, and what producers take back.
@Suite struct StateTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    func like(_ actor: String, _ path: String = "") async throws -> Answer {
        try await server.send(
            .post, "/v1/notifications\(path)", token: server.keys[.notify],
            body: #"{"user_id":"m","type":"like","actor_id":"\#(actor)","target_type":"post","target_id":1}"#)
    }

    @Test func aSnoozedNotificationIsOutOfSight() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        let until = server.clock.now() + .seconds(60)
        let answer = try await server.post(
            "/v1/notifications/\(id)/snooze", as: "m", body: #"{"until":"\#(until)"}"#)
        #expect(answer.status == 200 && answer["notification"]?["status"]?.string == "SNOOZED")
        #expect(answer["notification"]?["snoozed_until"]?.string == "\(until)")
        #expect(answer["unread_count"]?.integer == 0 && answer["unseen_count"]?.integer == 0)
        #expect(try await server.get("/v1/notifications", as: "m").rows.isEmpty)
        #expect(try await server.get("/v1/notifications?status=snoozed", as: "m").rows.count == 1)
        let back = try await server.post("/v1/notifications/\(id)/unsnooze", as: "m")
        #expect(back["notification"]?["status"]?.string == "UNREAD" && back["unread_count"]?.integer == 1)
        #expect(back["notification"]?["snoozed_until"] == .null)
    }

    @Test(arguments: [
        "{}", #"{"until":null}"#, #"{"until":5}"#, #"{"until":"tomorrow"}"#, #"{"until":"2023-11-14T22:13:20Z"}"#,
        #"{"until":"2030-01-01T00:00:00Z"}"#,
    ])
    func aTimeThatCannotBeIsRefused(body: String) async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        let answer = try await server.post("/v1/notifications/\(id)/snooze", as: "m", body: body)
        #expect(answer.status == 400 && answer.text.contains("until"))
        #expect(try await server.get("/v1/notifications/unread-count", as: "m")["seq"]?.integer == 1)
    }

    @Test func manyAtOnceOrNone() async throws {
        var ids: [String] = []
        for _ in 0..<3 { ids.append(try await server.notify(#""user_id":"m","type":"x""#)) }
        func bulk(_ operation: String, _ ids: [String], as user: String = "m") async throws -> Answer {
            let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
            return try await server.post(
                "/v1/notifications/bulk", as: user,
                body: #"{"operation":"\#(operation)","notification_ids":[\#(list)]}"#)
        }
        #expect(try await bulk("read", ids, as: "other").status == 404)
        let other = NotificationID(high: 1, low: 2)
        #expect(try await bulk("read", ids + ["\(other)"]).status == 404)
        #expect(try await bulk("read", ids + ["nonsense"]).status == 404)
        let answer = try await bulk("read", ids + ids)
        #expect(answer.status == 200 && answer["count"]?.integer == 3 && answer["unread_count"]?.integer == 0)
        #expect(answer["notification_ids"]?.array?.compactMap(\.string) == ids)
        #expect(try await bulk("read", ids)["count"]?.integer == 0)
        for operation in ["expire", "retract", "deliver", "aggregate", ""] {
            #expect(try await bulk(operation, ids).status == 400, "\(operation)")
        }
        #expect(try await bulk("snooze", ids).status == 400)
        #expect(try await bulk("delete", []).status == 400)
        #expect(try await bulk("delete", ids)["count"]?.integer == 3)
    }

    @Test func actorsComeInPages() async throws {
        for number in 1...5 { _ = try await like("p\(number)") }
        let id = try await server.get("/v1/notifications", as: "m").rows.first?["notification_id"]?.string ?? ""
        let first = try await server.get("/v1/notifications/\(id)/actors?limit=2", as: "m")
        #expect(first["actors"]?.array?.map { $0["id"]?.string } == ["p5", "p4"])
        #expect(first["actor_count"]?.integer == 5 && first["next_offset"]?.integer == 2)
        let last = try await server.get("/v1/notifications/\(id)/actors?limit=2&offset=4", as: "m")
        #expect(last["actors"]?.array?.count == 1 && last["next_offset"] == .null)
        #expect(try await server.get("/v1/notifications/\(id)/actors", as: "other").status == 404)
        #expect(try await server.get("/v1/notifications/\(id)/actors?offset=-1", as: "m").status == 400)
    }

    @Test func aLikeIsTakenBack() async throws {
        for actor in ["a", "b"] { _ = try await like(actor) }
        let reduced = try await like("a", "/retract")
        #expect(reduced.status == 200 && reduced.rows.map { $0["outcome"]?.string } == ["reduced"])
        #expect(reduced.rows.first?["seq"]?.integer == 3)
        #expect(try await like("b", "/retract").rows.map { $0["outcome"]?.string } == ["removed"])
        #expect(try await like("b", "/retract").rows.isEmpty)
        #expect(try await server.get("/v1/notifications/unread-count", as: "m")["unread_count"]?.integer == 0)
    }

    @Test func onlyProducersTakeBack() async throws {
        _ = try await like("a")
        let body = #"{"user_id":"m","type":"like","actor_id":"a","target_type":"post","target_id":1}"#
        let path = "/v1/notifications/retract"
        #expect(try await server.post(path, as: "m", body: body).status == 403)
        #expect(try await server.send(.post, path, token: server.keys[.read], body: body).status == 403)
        #expect(try await server.send(.post, path, body: body).status == 401)
        let nobody = try await server.send(.post, path, token: server.key, body: #"{"user_id":"m","type":"like"}"#)
        #expect(nobody.status == 400 && nobody.errors == ["actor_id required"])
    }
}
