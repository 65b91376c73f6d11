import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct TicketTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    @Test func aTokenIsExchangedForATicket() async throws {
        let answer = try await server.post("/v1/tickets", as: "maria")
        #expect(answer.status == 201)
        #expect(answer.headers[.cacheControl] == "no-store")
        #expect(answer["expires_at"]?.string == "\(server.clock.now() + .seconds(30))")
        let claims = try server.tickets.redeem(try #require(answer["ticket"]?.string))
        #expect(claims.user == UserID(trusted: "maria"))
        #expect(claims.expiresAt == server.clock.now() + .seconds(3600))
    }

    @Test func onlyATokenInTheHeaderWillDo() async throws {
        #expect(try await server.send(.post, "/v1/tickets").code == "token_missing")
        let inQuery = try await server.send(.post, "/v1/tickets?token=\(server.token("maria"))")
        #expect(inQuery.code == "token_missing")
        #expect(try await server.send(.post, "/v1/tickets", token: "a.b.c").status == 401)
        #expect(try await server.send(.get, "/v1/tickets", token: server.token("maria")).status == 405)
    }

    @Test func anAPIKeyGetsNone() async throws {
        for scope in Scope.allCases {
            let answer = try await server.send(.post, "/v1/tickets?user_id=maria", token: server.keys[scope])
            #expect(answer.status == 403)
        }
        let answer = try await server.send(.post, "/v1/tickets?user_id=maria", token: server.keys[.actAs])
        #expect(answer.code == "user_token_required")
    }

    @Test func aTicketDoesNotOpenTheAPI() async throws {
        let ticket = try await server.post("/v1/tickets", as: "maria")["ticket"]?.string ?? ""
        #expect(try await server.send(.get, "/v1/notifications", token: ticket).status == 401)
        #expect(try await server.send(.get, "/v1/notifications?ticket=\(ticket)").status == 401)
    }

    @Test func tooManyAreRefusedForAWhile() async throws {
        for _ in 0..<32 { #expect(try await server.post("/v1/tickets", as: "maria").status == 201) }
        let answer = try await server.post("/v1/tickets", as: "maria")
        #expect(answer.status == 429)
        #expect(answer.code == "too_many_tickets")
        #expect(answer.headers[.retryAfter] == "30")
        #expect(try await server.post("/v1/tickets", as: "ana").status == 201)
        server.clock.advance(by: .seconds(31))
        #expect(try await server.post("/v1/tickets", as: "maria").status == 201)
    }
}
