import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct AccessTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    @Test func noTokenIsChallenged() async throws {
        for (method, path) in [
            (HTTPRequest.Method.get, "/v1/notifications"), (.get, "/notifications"), (.post, "/v1/notifications"),
            (.post, "/v1/notifications/batch"), (.post, "/v1/notifications/read-all"), (.put, "/v1/users/m"),
            (.get, "/v1/users/m"), (.get, "/v1/notifications/unread-count"),
        ] {
            let answer = try await server.send(method, path)
            #expect(answer.status == 401, "\(path)")
            #expect(answer.code == "token_missing", "\(path)")
            #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"peal\"", "\(path)")
        }
    }

    @Test func badTokensSayWhy() async throws {
        let expired = try server.token("m", lifetime: .seconds(60))
        server.clock.advance(by: .seconds(120))
        for (token, code) in [
            (expired, "token_expired"), ("a.b.c", "token_malformed"), ("pk_unknown", "key_unknown"),
            ("something", "key_unknown"), (String(repeating: "a.", count: 2100), "token_too_large"),
            ("eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoibSIsImV4cCI6OTk5OTk5OTk5OX0.", "token_invalid"),
        ] {
            let answer = try await server.send(.get, "/v1/notifications", token: token)
            #expect(answer.status == 401)
            #expect(answer.code == code)
            #expect(answer.headers[.wwwAuthenticate]?.contains("error=\"invalid_token\"") == true)
            #expect(!answer.text.contains(token))
        }
    }

    @Test(arguments: ["Basic abc", "Bearer", "bearer", "abc"])
    func otherSchemesAreRefused(header: String) async throws {
        let answer = try await server.send(.get, "/v1/notifications", headers: [.authorization: header])
        #expect(answer.status == 401)
        #expect(answer.code == "token_malformed")
    }

    @Test func theSchemeIsNotCaseSensitive() async throws {
        let header = "bearer  \(try server.token("m"))"
        #expect(try await server.send(.get, "/v1/notifications", headers: [.authorization: header]).status == 200)
    }

    @Test func theQueryMayCarryAUsersToken() async throws {
        let token = try server.token("m")
        #expect(try await server.send(.get, "/v1/notifications?token=\(token)").status == 200)
        #expect(try await server.send(.get, "/v1/notifications?limit=1&token=\(token)", token: token).status == 200)
        let other = try server.token("n")
        let answer = try await server.send(.get, "/v1/notifications?token=\(other)", token: token)
        #expect(answer.status == 400)
        #expect(answer.code == "token_mismatch")
    }

    @Test func theQueryCarriesNoKeyOfAProducer() async throws {
        let answer = try await server.send(
            .post, "/v1/notifications?token=\(server.key)", body: #"{"user_id":"m","type":"x"}"#)
        #expect(answer.status == 401)
    }

    @Test func aKeyActsForWhomItNames() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        let key = server.keys[.actAs]
        #expect(try await server.send(.get, "/v1/notifications?user_id=m", token: key).rows.count == 1)
        #expect(try await server.send(.post, "/v1/notifications/\(id)/read?user_id=m", token: key).status == 200)
        #expect(try await server.send(.post, "/v1/notifications/\(id)/read?user_id=n", token: key).status == 404)
        #expect(try await server.send(.delete, "/v1/notifications/\(id)?user_id=m", token: key).status == 200)
        let nobody = try await server.send(.get, "/v1/notifications", token: key)
        #expect(nobody.status == 400)
        #expect(nobody.code == "user_id_required")
        #expect(try await server.send(.get, "/v1/notifications?user_id=%00", token: key).code == "invalid_parameter")
    }

    @Test func scopesAreAskedFor() async throws {
        let body = #"{"user_id":"m","type":"x"}"#
        for (method, path, scope) in [
            (HTTPRequest.Method.post, "/v1/notifications", Scope.notify), (.put, "/v1/users/m", .notify),
            (.get, "/v1/users/m", .read), (.get, "/v1/notifications?user_id=m", .actAs),
        ] {
            for (other, key) in server.keys where other != scope && other != .admin {
                let answer = try await server.send(method, path, token: key, body: body)
                #expect(answer.status == 403, "\(path) with \(other)")
                #expect(answer.code == "scope_missing")
            }
            for allowed in [scope, .admin] {
                let answer = try await server.send(method, path, token: server.keys[allowed], body: body)
                #expect(answer.status != 401 && answer.status != 403, "\(path) with \(allowed)")
            }
        }
    }

    @Test func aUsersTokenNotifiesNobody() async throws {
        let answer = try await server.post("/v1/notifications", as: "m", body: #"{"user_id":"m","type":"x"}"#)
        #expect(answer.status == 403)
        #expect(answer.code == "api_key_required")
    }

    @Test func aUsersTokenIsGoodForThatUserAlone() async throws {
        #expect(try await server.get("/v1/notifications?user_id=m", as: "m").status == 200)
        let answer = try await server.get("/v1/notifications?user_id=n", as: "m")
        #expect(answer.status == 403)
        #expect(answer.code == "forbidden")
    }
}

@Suite struct OriginTests {
    @Test func everyPageMayCallWithoutTheSetting() async throws {
        let server = try await TestServer()
        let answer = try await server.get("/v1/notifications", as: "m", headers: [.origin: "https://app.example"])
        #expect(answer.status == 200)
        #expect(answer.headers[.accessControlAllowOrigin] == "*")
        #expect(answer.headers[.accessControlExposeHeaders]?.contains("ETag") == true)
        #expect(answer.headers[.vary] == "Authorization, Origin")
        #expect(try await server.get("/v1/notifications", as: "m").headers[.accessControlAllowOrigin] == nil)
    }

    @Test func preflightsAreAnswered() async throws {
        let server = try await TestServer()
        for path in [
            "/v1/notifications", "/notifications", "/v1/notifications/unread-count", "/v1/notifications/x",
            "/v1/notifications/x/read", "/v1/notifications/x/unread", "/v1/notifications/x/seen",
            "/v1/notifications/x/archive", "/v1/notifications/x/unarchive", "/v1/notifications/read-all",
            "/v1/notifications/seen-all", "/nowhere",
        ] {
            let answer = try await server.send(
                .options, path, headers: [.origin: "https://app.example", .accessControlRequestMethod: "POST"])
            #expect(answer.status == 204)
            #expect(answer.headers[.accessControlAllowMethods]?.contains("DELETE") == true)
            for name in ["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"] {
                #expect(answer.headers[.accessControlAllowHeaders]?.contains(name) == true)
            }
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
            #expect(answer.headers[.vary] == "Origin")
        }
    }

    @Test func onlyListedPagesMayCallWithTheSetting() async throws {
        let server = try await TestServer(settings: APISettings(origins: ["https://app.example"]))
        for origin in ["https://app.example", "https://APP.example", "http://localhost"] {
            let answer = try await server.get("/v1/notifications", as: "m", headers: [.origin: origin])
            #expect(answer.status == 200, "\(origin)")
            #expect(answer.headers[.accessControlAllowOrigin] == origin)
            #expect(answer.headers[.vary] == "Authorization, Origin")
        }
        for origin in ["https://evil.example", "null", "http://app.example", "https://app.example.evil"] {
            let answer = try await server.get("/v1/notifications", as: "m", headers: [.origin: origin])
            #expect(answer.status == 403, "\(origin)")
            #expect(answer.code == "origin_not_allowed")
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
            let preflight = try await server.send(
                .options, "/v1/notifications", headers: [.origin: origin, .accessControlRequestMethod: "GET"])
            #expect(preflight.status == 403)
        }
        #expect(try await server.get("/v1/notifications", as: "m").status == 200)
    }

    @Test func everyAnswerHasItsSafetyHeaders() async throws {
        let server = try await TestServer()
        for path in ["/v1/notifications", "/nowhere", "/health/live", "/demo", "/"] {
            let answer = try await server.send(.get, path)
            #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(path)")
            #expect(answer.headers[.referrerPolicy] == "no-referrer", "\(path)")
            #expect(answer.headers[.vary]?.contains("Origin") == true, "\(path)")
            #expect(answer.headers[.strictTransportSecurity] == nil, "\(path)")
            let secure = try await server.send(.get, path, authority: "notify.example", scheme: "https")
            #expect(secure.headers[.strictTransportSecurity] == "max-age=31536000", "\(path)")
        }
        let development = try await TestServer(settings: APISettings(isDevelopment: true))
        let answer = try await development.send(.get, "/demo", authority: "localhost:8443", scheme: "https")
        #expect(answer.headers[.strictTransportSecurity] == nil)
    }

    @Test func whatPagesMayReadIsNamed() async throws {
        let server = try await TestServer()
        let answer = try await server.get("/v1/notifications", as: "m", headers: [.origin: "https://app.example"])
        for name in ["ETag", "Cursor", "Retry-After", "WWW-Authenticate", "Idempotent-Replayed"] {
            #expect(answer.headers[.accessControlExposeHeaders]?.contains(name) == true, "\(name)")
        }
        let refused = try await server.send(.get, "/v1/notifications", headers: [.origin: "https://app.example"])
        #expect(refused.status == 401)
        #expect(refused.headers[.accessControlAllowOrigin] == "*", "a page must see why it was refused")
    }

    @Test(arguments: [
        "localhost", "localhost:8080", "LOCALHOST", "127.0.0.1", "127.0.0.1:8080", "127.8.9.10", "[::1]", "[::1]:80",
        "app.localhost:3000",
    ])
    func loopbackNamesAreKnown(authority: String) { #expect(Loopback.isLoopback(authority)) }

    @Test(arguments: [
        "", "example.com", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[::2]", "[::1", "127.1",
        "0.0.0.0", "127.0.0.256", "notlocalhost",
    ])
    func otherNamesAreNot(authority: String) { #expect(!Loopback.isLoopback(authority)) }
}
