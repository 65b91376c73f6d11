import HTTPTypes
import PealAuth
import PealCore
import PealPipeline
import Testing

@testable import PealAPI

@Suite struct EraseRouteTests {
    private func fill(_ server: TestServer) async throws {
        _ = try await server.send(.put, "/v1/users/m", token: server.key, body: #"{"name":"Maria"}"#)
        for _ in 0..<3 { try await server.notify(#""user_id":"m","type":"news","message":"secret""#) }
        try await server.notify(#""user_id":"ana","type":"like","actor_id":"m","target_type":"post","target_id":"1""#)
        try await server.notify(#""user_id":"ana","type":"comment","actor_id":"m","excerpt":"written by m""#)
    }

    @Test func whatWasRemovedIsTold() async throws {
        let server = try await TestServer()
        try await fill(server)
        let answer = try await server.send(.delete, "/v1/users/m", token: server.key)
        #expect(answer.status == 200 && answer["status"]?.string == "done", "\(answer.text)")
        #expect(answer["removed"]?["notifications"]?.integer == 3)
        #expect(answer["removed"]?["records"]?.integer == 1)
        #expect(answer["removed"]?["mentions"]?.integer == 2)
        #expect(answer["not_before"] == nil)
        let list = try await server.get("/v1/notifications", as: "m")
        #expect(list.status == 200 && list.rows.isEmpty && list["seq"]?.integer == 4)
        #expect(try await server.send(.get, "/v1/users/m", token: server.key).status == 404)
        #expect(try await server.send(.get, "/v1/users/m/erasure", token: server.key).status == 404)
        let others = try await server.get("/v1/notifications", as: "ana")
        #expect(others.rows.count == 2 && !others.text.contains("Maria") && !others.text.contains("written by m"))
        #expect(others.rows.contains { $0["message"]?.string == "Alguém curtiu seu post" }, "\(others.text)")
        // Once more removes nothing and does no harm.
        let again = try await server.send(.delete, "/v1/users/m", token: server.key)
        #expect(again.status == 200 && again["removed"]?["notifications"]?.integer == 0)
    }

    @Test func whatTakesLongGoesOnByItself() async throws {
        let server = try await TestServer(erasePatience: .zero)
        try await fill(server)
        let answer = try await server.send(.delete, "/v1/users/m", token: server.key)
        #expect(answer.status == 202 && answer["status"]?.string == "running")
        #expect(try await server.get("/v1/notifications", as: "m").rows.isEmpty, "at once, whatever is left to do")
        let progress = try await server.send(.get, "/v1/users/m/erasure", token: server.key)
        #expect(progress.status == 200 && progress["status"]?.string == "running")
        await server.eraser.finishAll()
        #expect(try await server.send(.get, "/v1/users/m/erasure", token: server.key).status == 404)
        #expect(try await server.get("/v1/notifications", as: "ana").text.contains("Maria") == false)
    }

    @Test func tokensAreRefusedOnlyWhereThatIsAskedFor() async throws {
        let server = try await TestServer()
        let token = try server.token("m")
        server.clock.advance(by: .seconds(1))
        _ = try await server.send(.delete, "/v1/users/m", token: server.key)
        #expect(try await server.send(.get, "/v1/notifications", token: token).status == 200)
        let answer = try await server.send(.delete, "/v1/users/m?revoke=true", token: server.key)
        #expect(answer["not_before"]?.string == "\(server.clock.now())")
        #expect(try await server.send(.get, "/v1/notifications", token: token).code == "user_revoked")
        #expect(try await server.send(.delete, "/v1/users/m?revoke=1", token: server.key).errors == ["revoke invalid"])
    }

    @Test func onlyAnAdminMay() async throws {
        let server = try await TestServer()
        try await fill(server)
        for (scope, key) in server.keys where scope != .admin {
            #expect(try await server.send(.delete, "/v1/users/m", token: key).status == 403, "\(scope)")
            #expect(try await server.send(.get, "/v1/users/m/erasure", token: key).status == 403, "\(scope)")
        }
        #expect(try await server.send(.delete, "/v1/users/m", token: server.token("m")).code == "api_key_required")
        #expect(try await server.send(.delete, "/v1/users/m").status == 401)
        server.store.fail(with: .unavailable)
        #expect(try await server.send(.delete, "/v1/users/m", token: server.key).status == 503)
        server.store.fail(with: nil)
        #expect(try await server.get("/v1/notifications", as: "m").rows.count == 3)
    }
}
