import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct ExportRouteTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    private func lines(_ answer: Answer) -> [JSON] {
        answer.text.split(separator: "\n").map { (try? JSON.parse(Array($0.utf8))) ?? .null }
    }

    private func export(_ user: String) async throws -> Answer {
        try await server.send(.get, "/v1/users/\(user)/export", token: server.key)
    }

    @Test func everythingThatIsKeptIsThere() async throws {
        _ = try await server.send(
            .put, "/v1/users/m", token: server.key, body: #"{"name":"Maria","email":"m@a.example"}"#)
        var ids: [String] = []
        for number in 0..<150 {
            ids.append(try await server.notify(#""user_id":"m","type":"news","message":"text \#(number)","title":"t""#))
        }
        try await server.notify(#""user_id":"other","type":"news","message":"not theirs""#)
        _ = try await server.send(.delete, "/v1/notifications/\(ids[0])", token: server.token("m"))
        _ = try await server.post("/v1/notifications/\(ids[1])/archive", as: "m")
        _ = try await server.post("/v1/notifications/read-all", as: "m")
        let answer = try await export("m")
        #expect(answer.status == 200 && answer.headers[.contentType] == "application/x-ndjson")
        #expect(answer.headers[.cacheControl] == "no-store")
        let lines = lines(answer)
        #expect(lines.first?["section"]?.string == "export" && lines.first?["user_id"]?.string == "m")
        #expect(lines.first?["exported_at"]?.string == "\(server.clock.now())")
        #expect(lines[1]["section"]?.string == "profile" && lines[1]["email"]?.string == "m@a.example")
        #expect(lines[2]["section"]?.string == "inbox" && lines[2]["seq"]?.integer == 153)
        let rows = lines.filter { $0["section"]?.string == "notification" }
        #expect(Set(rows.compactMap { $0["notification_id"]?.string }) == Set(ids) && rows.count == 150)
        let texts = Set(rows.compactMap { $0["message"]?.string })
        #expect(texts == Set((0..<150).map { "text \($0)" }), "deleted ones too, until they are removed")
        #expect(rows.filter { $0["status"]?.string == "DELETED" }.count == 1)
        #expect(lines.filter { $0["section"]?.string == "mark" }.map { $0["mark"]?.string } == ["read_all"])
        #expect(lines.last?["section"]?.string == "end" && lines.last?["lines"]?.integer == Int64(lines.count))
        #expect(!answer.text.contains("not theirs"))
    }

    @Test func aUserExportsTheirOwnWithTheirToken() async throws {
        try await server.notify(#""user_id":"m","type":"news","message":"mine""#)
        let answer = try await server.get("/v1/export", as: "m")
        #expect(answer.status == 200 && answer.text.contains("mine"))
        #expect(try await server.get("/v1/export", as: "other").text.contains("mine") == false)
        #expect(try await server.send(.get, "/v1/export?user_id=m", token: server.key).code == "user_token_required")
        #expect(try await server.get("/v1/users/m/export", as: "m").code == "api_key_required")
        #expect(try await server.send(.get, "/v1/export").status == 401)
    }

    @Test func onlyAnAdminExportsOthers() async throws {
        for (scope, key) in server.keys {
            let answer = try await server.send(.get, "/v1/users/m/export", token: key)
            #expect(answer.status == (scope == .admin ? 200 : 403), "\(scope)")
        }
        server.store.fail(with: .unavailable)
        #expect(try await export("m").status == 503)
    }

    @Test func revokedTokensAreNamed() async throws {
        _ = try await server.send(.post, "/v1/users/m/revoke", token: server.key)
        _ = try await server.send(.post, "/v1/users/m/revoke", token: server.key, body: #"{"jti":"t-1"}"#)
        _ = try await server.send(.post, "/v1/users/other/revoke", token: server.key, body: #"{"jti":"t-2"}"#)
        let revoked = lines(try await export("m")).filter { $0["section"]?.string == "revocation" }
        #expect(revoked.map { $0["jti"]?.string } == [nil, "t-1"])
        #expect(revoked.first?["not_before"]?.string == "\(server.clock.now())")
    }

    @Test func nothingIsAnExportToo() async throws {
        let lines = lines(try await export("nobody"))
        #expect(lines.map { $0["section"]?.string } == ["export", "inbox", "end"])
    }
}
