import HTTPTypes
import PealCore
import Testing

@testable import PealAPI

@Suite struct RoutingTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    @Test(arguments: ["/nowhere", "/v1", "/v1/notifications/a/b", "/v2/notifications", "/demo/x", "/client"])
    func unknownPathsAreProblems(path: String) async throws {
        let answer = try await server.send(.get, path, token: server.key)
        #expect(answer.status == 404)
        #expect(answer.code == "not_found")
        #expect(answer.headers[.contentType] == "application/problem+json")
    }

    @Test(arguments: [
        (HTTPRequest.Method.delete, "/v1/notifications", "GET, HEAD, OPTIONS, POST"),
        (.patch, "/v1/users/m", "DELETE, GET, HEAD, OPTIONS, PUT"),
        (.get, "/v1/notifications/batch", "OPTIONS, POST"),
        (.get, "/demo/session", "OPTIONS, POST"), (.put, "/health", "GET, HEAD, OPTIONS"),
        (.get, "/v1/notifications/x/read", "OPTIONS, POST"),
    ])
    func unknownMethodsNameTheKnown(method: HTTPRequest.Method, path: String, allowed: String) async throws {
        let answer = try await server.send(method, path)
        #expect(answer.status == 405)
        #expect(answer.code == "method_not_allowed")
        #expect(answer.headers[.allow] == allowed)
    }

    @Test func optionsNameTheMethods() async throws {
        let answer = try await server.send(.options, "/v1/notifications")
        #expect(answer.status == 204)
        #expect(answer.headers[.allow] == "GET, HEAD, OPTIONS, POST")
    }

    @Test func headHasNoBody() async throws {
        let answer = try await server.send(.head, "/health/live")
        #expect(answer.status == 200)
        #expect(answer.text.isEmpty)
    }

    @Test func slashesAtTheEndDoNotMatter() async throws {
        #expect(try await server.get("/v1/notifications/", as: "m").status == 200)
    }
}

@Suite struct HealthTests {
    @Test func aReadyServerSaysSo() async throws {
        let server = try await TestServer()
        for path in ["/health", "/health/live", "/health/ready"] {
            let answer = try await server.send(.get, path)
            #expect(answer.status == 200)
            #expect(answer["status"]?.string == "ok")
            #expect(answer["version"]?.string == "1.2.3")
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test func aDrainingServerLivesButIsNotReady() async throws {
        let server = try await TestServer(readiness: { .unready("draining") })
        #expect(try await server.send(.get, "/health/live").status == 200)
        for path in ["/health", "/health/ready"] {
            let answer = try await server.send(.get, path)
            #expect(answer.status == 503)
            #expect(answer["status"]?.string == "unavailable")
            #expect(answer["reason"]?.string == "draining")
        }
    }
}
