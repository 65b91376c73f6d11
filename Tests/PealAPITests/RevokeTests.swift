import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct RevokeTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    private func revoke(_ user: String, _ body: String? = nil) async throws -> Answer {
        try await server.send(.post, "/v1/users/\(user)/revoke", token: server.keys[.revoke], body: body)
    }

    @Test func tokensThatWereIssuedBeforeAreRefused() async throws {
        let old = try server.token("maria")
        let other = try server.token("ana")
        #expect(try await server.send(.get, "/v1/notifications", token: old).status == 200)
        server.clock.advance(by: .milliseconds(500))
        let answer = try await revoke("maria")
        #expect(answer.status == 200)
        #expect(answer["user_id"]?.string == "maria")
        #expect(answer["not_before"]?.string == "\(server.clock.now())")
        let refused = try await server.send(.get, "/v1/notifications", token: old)
        #expect(refused.status == 403)
        #expect(refused.code == "user_revoked")
        #expect(try await server.send(.post, "/v1/tickets", token: old).code == "user_revoked")
        #expect(try await server.send(.get, "/v1/notifications", token: other).status == 200)
        // Within the same second nobody can tell.
        #expect(try await server.get("/v1/notifications", as: "maria").status == 403)
        server.clock.advance(by: .milliseconds(500))
        #expect(try await server.get("/v1/notifications", as: "maria").status == 200)
        #expect(try await server.store.revocations(after: 0, limit: 10).map(\.user.rawValue) == ["maria"])
    }

    @Test func oneTokenIsNamedByItsID() async throws {
        let answer = try await revoke("maria", #"{"jti":"t-1","exp":1700000060}"#)
        #expect(answer.status == 200)
        #expect(answer["jti"]?.string == "t-1")
        #expect(answer["not_before"] == nil)
        #expect(try await server.get("/v1/notifications", as: "maria").status == 200)
        let kept = try await server.store.revocations(after: 0, limit: 10)
        #expect(kept.map(\.extent) == [.token(id: "t-1", endsAt: Timestamp(seconds: 1_700_000_060))])
        let claims = Claims(user: UserID(trusted: "maria"), issuedAt: server.clock.now(), id: "t-1")
        #expect(server.revocations.refusal(of: claims.user, Grant(claims))?.code == .tokenRevoked)
    }

    @Test(arguments: [
        "[]", #"{"jti":""}"#, #"{"jti":7}"#, #"{"jti":"t","exp":"soon"}"#, #"{"jti":"t","exp":-1}"#, "{",
        #"{"jti":"\#(String(repeating: "x", count: 256))"}"#,
    ])
    func whatIsNotUnderstoodRevokesNothing(body: String) async throws {
        #expect(try await revoke("maria", body).status == 400)
        #expect(try await server.store.revocations(after: 0, limit: 10).isEmpty)
    }

    @Test func onlyAKeyWithTheScopeMay() async throws {
        for (scope, key) in server.keys {
            let answer = try await server.send(.post, "/v1/users/maria/revoke", token: key)
            #expect(answer.status == (scope == .revoke || scope == .admin ? 200 : 403), "\(scope)")
        }
        #expect(try await server.post("/v1/users/maria/revoke", as: "maria").status == 403)
        #expect(try await server.send(.post, "/v1/users/maria/revoke").status == 401)
        #expect(try await revoke("%00").status == 400)
    }

    @Test func whatIsNotStoredIsNotAcknowledged() async throws {
        server.store.fail(with: .unavailable)
        #expect(try await revoke("maria").status == 503)
        server.store.fail(with: nil)
        #expect(try await server.get("/v1/notifications", as: "maria").status == 200)
    }
}
