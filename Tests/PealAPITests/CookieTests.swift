import HTTPTypes
import PealCore
import Testing

@testable import PealAPI

@Suite struct CookieTests {
    private func server(_ origins: [String] = [], cookie: String? = "session") async throws -> TestServer {
        try await TestServer(settings: APISettings(origins: origins, cookie: cookie))
    }

    private func fields(_ server: TestServer, origin: String? = nil) throws -> HTTPFields {
        var fields: HTTPFields = [.cookie: "a=1; session=\(try server.token("maria"))"]
        fields[.origin] = origin
        return fields
    }

    @Test func noCookieIsReadWithoutTheSetting() async throws {
        let server = try await server(cookie: nil)
        let fields = try fields(server, origin: "http://localhost")
        #expect(try await server.send(.get, "/v1/notifications", headers: fields).code == "token_missing")
    }

    @Test func itNeedsAPageOfThisHostOrAListedOne() async throws {
        let server = try await server(["https://app.example"])
        for (origin, status) in [
            ("http://localhost", 200), ("https://app.example", 200), ("https://evil.example", 403), (nil, 403),
        ] {
            for (method, path) in [
                (HTTPRequest.Method.get, "/v1/notifications"), (.post, "/v1/notifications/read-all"),
            ] {
                let answer = try await server.send(method, path, headers: fields(server, origin: origin))
                #expect(answer.status == status, "\(path) from \(origin ?? "nowhere")")
                #expect(answer.code == (status == 200 ? nil : "origin_not_allowed"))
                #expect((answer.headers[.accessControlAllowCredentials] == "true") == (status == 200))
            }
        }
        var own = try fields(server)
        own[.secFetchSite] = "same-origin"
        #expect(try await server.send(.get, "/v1/notifications", headers: own).status == 200)
        own[.secFetchSite] = "cross-site"
        #expect(try await server.send(.get, "/v1/notifications", headers: own).status == 403)
    }

    @Test func withoutListedOriginsOnlyThisHostCounts() async throws {
        let server = try await server()
        let foreign = try await server.send(
            .get, "/v1/notifications", headers: fields(server, origin: "https://evil.example"))
        #expect(foreign.status == 403)
        #expect(foreign.headers[.accessControlAllowCredentials] == nil)
        let explicit = try await server.get("/v1/notifications", as: "ana", headers: [.origin: "https://evil.example"])
        #expect(explicit.status == 200)
        #expect(explicit.headers[.accessControlAllowCredentials] == nil)
        #expect(explicit.headers[.accessControlAllowOrigin] == "*")
    }

    @Test func itIsForUsersAlone() async throws {
        let server = try await server()
        var fields: HTTPFields = [.cookie: "session=\(server.key)", .origin: "http://localhost"]
        let body = #"{"user_id":"m","type":"x"}"#
        #expect(try await server.send(.post, "/v1/notifications", headers: fields, body: body).status == 401)
        #expect(try await server.send(.get, "/v1/notifications?user_id=m", headers: fields).status == 401)
        fields = try self.fields(server, origin: "http://localhost")
        #expect(try await server.send(.post, "/v1/notifications", headers: fields, body: body).status == 401)
        #expect(try await server.send(.post, "/v1/tickets", headers: fields).status == 201)
    }

    @Test func whatWasGivenExplicitlyWins() async throws {
        let server = try await server()
        let fields = try fields(server, origin: "https://evil.example")
        let answer = try await server.get("/v1/notifications?user_id=ana", as: "ana", headers: fields)
        #expect(answer.status == 200)
    }
}
