import PealCore
import Testing

@testable import PealGateway

@Suite(.serialized) struct CookieDoorTests {
    private func expect(
        _ status: String, _ server: TestServer, _ request: String, isLater: Bool,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let connection = try await server.connect(isLater: isLater)
        try await connection.send(request)
        let head = try await connection.head()
        await connection.close()
        #expect(head.dropFirst(9).prefix(3) == status, sourceLocation: location)
    }

    private let cookie = "Cookie: a=1; session=user:maria"

    @Test(arguments: [false, true])
    func aCookieIsNotReadWithoutTheSetting(isLater: Bool) async throws {
        try await TestServer.with { server in
            let fields = [cookie, "Origin: http://localhost"]
            try await expect("401", server, RawConnection.upgrade(token: nil, fields: fields), isLater: isLater)
            try await expect(
                "401", server, RawConnection.request("/v1/sse", token: nil, fields: fields), isLater: isLater)
        }
    }

    @Test(arguments: [false, true])
    func itNeedsAPageOfThisHostOrAListedOne(isLater: Bool) async throws {
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
                try await expect(status, server, upgrade, isLater: isLater)
                let stream = RawConnection.request("/v1/sse", token: nil, fields: fields + [cookie])
                try await expect(status == "101" ? "200" : status, server, stream, isLater: isLater)
            }
        }
    }

    @Test(arguments: [false, true])
    func withoutListedOriginsOnlyThisHostCounts(isLater: Bool) async throws {
        try await TestServer.with {
            $0.cookie = "session"
        } _: { server in
            // A token that was given explicitly may come from anywhere, a cookie may not.
            let foreign = ["Origin: https://evil.example"]
            try await expect("101", server, RawConnection.upgrade(fields: foreign), isLater: isLater)
            try await expect(
                "403", server, RawConnection.upgrade(token: nil, fields: foreign + [cookie]), isLater: isLater)
            let own = ["Origin: http://localhost", cookie]
            try await expect("101", server, RawConnection.upgrade(token: nil, fields: own), isLater: isLater)
        }
    }

    @Test(arguments: [false, true])
    func whatWasGivenExplicitlyWins(isLater: Bool) async throws {
        try await TestServer.with {
            $0.cookie = "session"
        } _: { server in
            let connection = try await server.connect(isLater: isLater)
            let fields = ["Origin: http://localhost", "Cookie: session=bad"]
            try await connection.send(RawConnection.upgrade(token: "user:ana", fields: fields))
            #expect(try await connection.head().hasPrefix("HTTP/1.1 101"))
            #expect(server.hub.isConnected(ana))
            await connection.close()
            try await expect("401", server, RawConnection.upgrade(token: nil, fields: fields), isLater: isLater)
            let two = ["Origin: http://localhost", "Cookie: session=user:ana; session=user:maria"]
            try await expect("400", server, RawConnection.upgrade(token: nil, fields: two), isLater: isLater)
        }
    }

    @Test(arguments: [false, true])
    func onlyPagesWhoseCookieCountsMayReadWithIt(isLater: Bool) async throws {
        try await TestServer.with {
            $0.cookie = "session"
            $0.origins = ["https://app.example"]
        } _: { server in
            let connection = try await server.connect(isLater: isLater)
            let answer = try await connection.get(
                "/v1/sync", token: nil, fields: ["Origin: https://app.example", cookie])
            #expect(answer.head.contains("Access-Control-Allow-Origin: https://app.example"))
            #expect(answer.head.contains("Access-Control-Allow-Credentials: true"))
            await connection.close()
        }
        try await TestServer.with {
            $0.cookie = "session"
        } _: { server in
            let connection = try await server.connect(isLater: isLater)
            let answer = try await connection.get("/v1/sync", fields: ["Origin: https://evil.example"])
            #expect(answer.head.hasPrefix("HTTP/1.1 200"))
            #expect(!answer.head.contains("Credentials"))
            await connection.close()
        }
    }
}
