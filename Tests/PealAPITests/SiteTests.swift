import HTTPTypes
import NIOCore
import PealCore
import Testing

@testable import PealAPI

@Suite struct SiteTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    @Test func theDemoIsServedWithItsPolicy() async throws {
        let answer = try await server.send(.get, "/demo")
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
        #expect(answer.text.hasPrefix("<!doctype html>"))
        let policy = try #require(answer.headers[.contentSecurityPolicy])
        for part in [
            "default-src 'none'", "script-src 'self'", "connect-src 'self'", "img-src 'self' data:",
            "base-uri 'none'", "frame-ancestors 'none'",
        ] {
            #expect(policy.contains(part), "\(part)")
        }
        #expect(!policy.contains("unsafe"))
        #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        #expect(answer.headers[.referrerPolicy] == "no-referrer")
        #expect(answer.headers[.crossOriginOpenerPolicy] == "same-origin")
        #expect(answer.headers[.strictTransportSecurity] == nil)
    }

    @Test func theClientIsServedAsModules() async throws {
        for name in ["index", "client", "inbox"] {
            let answer = try await server.send(.get, "/client/\(name).js")
            #expect(answer.status == 200, "\(name)")
            #expect(answer.headers[.contentType] == "text/javascript; charset=utf-8")
            #expect(!answer.text.isEmpty)
        }
    }

    @Test(arguments: [
        "/client/nothing.js", "/client/package.json", "/client/..%2Fdemo%2Fdemo.html", "/client/README.md",
    ])
    func otherFilesAreNot(path: String) async throws {
        #expect(try await server.send(.get, path).status == 404)
    }

    @Test func filesAreNotSentTwice() async throws {
        let first = try await server.send(.get, "/demo")
        let tag = try #require(first.headers[.eTag])
        let again = try await server.send(.get, "/demo", headers: [.ifNoneMatch: tag])
        #expect(again.status == 304)
        #expect(again.text.isEmpty)
        #expect(again.headers[.contentSecurityPolicy] != nil)
    }

    @Test func embeddedBytesAreTheFiles() {
        let file = SiteFile(name: "x.mp3", bytes: Array(0...255))
        #expect(Array(file.bytes.readableBytesView) == Array(0...255))
        #expect(file.contentType == "audio/mpeg")
    }

    @Test func theRootSaysWhatThisIs() async throws {
        let answer = try await server.send(.get, "/")
        #expect(answer.status == 200)
        #expect(answer.text.contains("Peal 1.2.3"))
        #expect(answer.headers[.contentSecurityPolicy] != nil)
        let development = try await TestServer(settings: APISettings(isDevelopment: true))
        let redirect = try await development.send(.get, "/")
        #expect(redirect.status == 303)
        #expect(redirect.headers[.location] == "/demo")
    }
}

@Suite struct DemoTests {
    let server: TestServer

    init() async throws { server = try await TestServer(settings: APISettings(isDevelopment: true)) }

    func session(_ user: String, _ more: String = "") async throws -> Answer {
        try await server.send(.post, "/demo/session", body: #"{"user_id":"\#(user)"\#(more)}"#)
    }

    @Test func whoeverKnocksGetsAToken() async throws {
        let answer = try await session("ana", #","name":"Ana","locale":"en""#)
        #expect(answer.status == 200)
        #expect(answer.headers[.cacheControl] == "no-store")
        #expect(answer["expires_at"]?.string.flatMap { Timestamp(iso8601: $0) } != nil)
        let token = try #require(answer["token"]?.string)
        #expect(try await server.send(.get, "/v1/notifications", token: token).status == 200)
        let profile = try await server.send(.get, "/v1/users/ana", token: server.key)
        #expect(profile["name"]?.string == "Ana")
        #expect(profile["locale"]?.string == "en")
        _ = try await session("ana")
        #expect(try await server.send(.get, "/v1/users/ana", token: server.key).text == profile.text)
    }

    @Test func oneActsOnAnother() async throws {
        _ = try await session("joao", #","name":"João""#)
        for (body, message) in [
            (
                #"{"type":"like","actor_id":"joao","user_id":"m","target_type":"post","target_id":"42"}"#,
                "João curtiu seu post"
            ),
            (#"{"type":"comment","actor_id":"joao","user_id":"m","message":"Ótimo!"}"#, "João comentou: 'Ótimo!'"),
            (#"{"type":"reply","actor_id":"joao","user_id":"m","excerpt":"Sim"}"#, "João respondeu: 'Sim'"),
        ] {
            let answer = try await server.send(.post, "/demo/act", body: body)
            #expect(answer.status == 201)
            #expect(answer.rows.count == 1)
            server.clock.advance(by: .seconds(1))
            #expect(try await server.get("/v1/notifications", as: "m").rows.first?["message"]?.string == message)
        }
    }

    @Test func aCrowdIsOneNotification() async throws {
        let answer = try await server.send(
            .post, "/demo/act",
            body: #"{"type":"like","actor_id":"joao","user_id":"m","target_type":"post","target_id":"42","burst":11}"#)
        #expect(answer.status == 201)
        #expect(answer.rows.map { $0["outcome"]?.string } == ["created"] + Array(repeating: "aggregated", count: 10))
        let list = try await server.get("/v1/notifications", as: "m")
        #expect(list.rows.map { $0["actor_count"]?.integer } == [11])
        #expect(list.rows.first?["message"]?.string?.hasSuffix("e mais 10 pessoas curtiram seu post") == true)
    }

    @Test func thousandPeopleHaveThousandNames() {
        let people = (0..<1000).map(DemoAct.person)
        #expect(Set(people.map(\.id)).count == 1000)
        #expect(Set(people.map(\.name)).count == 1000)
    }

    @Test(arguments: [
        "{}", "[]", #"{"type":"like","user_id":"m","burst":0}"#, #"{"type":"like","user_id":"m","burst":1001}"#,
    ])
    func wrongActsAreRefused(body: String) async throws {
        #expect(try await server.send(.post, "/demo/act", body: body).status == 400)
    }

    @Test func theDoorIsShutWithoutDev() async throws {
        let server = try await TestServer()
        for path in ["/demo/session", "/demo/act"] {
            let answer = try await server.send(.post, path, body: #"{"user_id":"m","type":"x"}"#)
            #expect(answer.status == 404)
            #expect(answer["detail"]?.string?.contains("peal serve --dev") == true)
        }
    }

    @Test func otherPagesDoNotGetIn() async throws {
        let body = #"{"user_id":"m"}"#
        let foreign = try await server.send(
            .post, "/demo/session", headers: [.origin: "https://evil.example"], body: body)
        #expect(foreign.status == 403)
        let form = try await server.send(.post, "/demo/session", headers: [.contentType: "text/plain"], body: body)
        #expect(form.status == 415)
        let own = try await server.send(.post, "/demo/session", headers: [.origin: "http://localhost"], body: body)
        #expect(own.status == 200)
    }

    @Test func otherHostsAreNotAnswered() async throws {
        for host in ["evil.example", "192.168.0.7:8080"] {
            let answer = try await server.send(.get, "/v1/notifications", token: server.token("m"), authority: host)
            #expect(answer.status == 421)
            #expect(answer.code == "host_not_allowed")
            #expect(try await server.send(.get, "/health/live", authority: host).status == 200)
        }
    }
}
