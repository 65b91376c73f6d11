import PealCore
import Testing

@testable import PealGateway

@Suite(.serialized) struct CookieDoorTests {
    private func expect(
        _ status: String, _ server: TestServer, _ request: String, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let connection = try await server.connect()
        try await connection.send(request)
        let head = try await connection.head()
        await connection.close()
        #expect(head.dropFirst(9).prefix(3) == status, sourceLocation: location)
    }

    private let cookie = "Cookie: a=1; session=user:maria"

    @Test func aCookieIsNotReadWithoutTheSetting() async throws {
        try await TestServer.with { server in
            let fields = [cookie, "Origin: http://localhost"]
            try await expect("401", server, RawConnection.upgrade(token: nil, fields: fields))
            try await expect("401", server, RawConnection.request("/v1/sse", token: nil, fields: fields))
        }
    }

    @Test func itNeedsAPageOfThisHostOrAListedOne() async throws {
        try await TestServer.with {
            $0.cookie = "session"
            $0.origins = ["https://app.example"]
        } _: { server in
            for (fields, status) in [
                (["Origin: http://localhost"], "101"), (["Origin: https://app.example"], "101"),
                (["Sec-Fetch-Site: same-origin"], "101"), ([], "403"), (["Origin: https://evil.example"], "403"),
                (["Origin: null"], "403"), (["Sec-Fetch-Site: cross-site"], "403"),
                (["Origin: http://localhost", "Origin: https://evil.example"], "403"),
            ] {
                let upgrade = RawConnection.upgrade(token: nil, fields: fields + [cookie])
                try await expect(status, server, upgrade)
                let stream = RawConnection.request("/v1/sse", token: nil, fields: fields + [cookie])
                try await expect(status == "101" ? "200" : status, server, stream)
            }
        }
    }

    @Test func withoutListedOriginsOnlyThisHostCounts() async throws {
        try await TestServer.with {
            $0.cookie = "session"
        } _: { server in
            // A token that was given explicitly may come from anywhere, a cookie may not.
            let foreign = ["Origin: https://evil.example"]
            try await expect("101", server, RawConnection.upgrade(fields: foreign))
            try await expect("403", server, RawConnection.upgrade(token: nil, fields: foreign + [cookie]))
            let own = ["Origin: http://localhost", cookie]
            try await expect("101", server, RawConnection.upgrade(token: nil, fields: own))
        }
    }

    @Test func whatWasGivenExplicitlyWins() async throws {
        try await TestServer.with {
            $0.cookie = "session"
        } _: { server in
            let connection = try await server.connect()
            let fields = ["Origin: http://localhost", "Cookie: session=bad"]
            try await connection.send(RawConnection.upgrade(token: "user:ana", fields: fields))
            #expect(try await connection.head().hasPrefix("HTTP/1.1 101"))
            #expect(server.hub.isConnected(ana))
            await connection.close()
            try await expect("401", server, RawConnection.upgrade(token: nil, fields: fields))
            let two = ["Origin: http://localhost", "Cookie: session=user:ana; session=user:maria"]
            try await expect("400", server, RawConnection.upgrade(token: nil, fields: two))
        }
    }

    @Test func onlyPagesWhoseCookieCountsMayReadWithIt() async throws {
        try await TestServer.with {
            $0.cookie = "session"
            $0.origins = ["https://app.example"]
        } _: { server in
            let connection = try await server.connect()
            let answer = try await connection.get(
                "/v1/sync", token: nil, fields: ["Origin: https://app.example", cookie])
            #expect(answer.head.contains("Access-Control-Allow-Origin: https://app.example"))
            #expect(answer.head.contains("Access-Control-Allow-Credentials: true"))
            await connection.close()
        }
        try await TestServer.with {
            $0.cookie = "session"
        } _: { server in
            let connection = try await server.connect()
            let answer = try await connection.get("/v1/sync", fields: ["Origin: https://evil.example"])
            #expect(answer.head.hasPrefix("HTTP/1.1 200"))
            #expect(!answer.head.contains("Credentials"))
            await connection.close()
        }
    }
}
