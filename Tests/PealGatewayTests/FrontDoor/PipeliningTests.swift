import PealCore
import Testing

@testable import PealGateway

/// What comes behind a refused upgrade on the same connection (RFC 9110 §7.8, RFC 9112 §9.3.2).
@Suite(.serialized) struct PipeliningTests {
    private func connect(_ server: TestServer, isLater: Bool) async throws -> RawConnection {
        let connection = try await server.connect()
        if isLater { _ = try await connection.get("/first") }
        return connection
    }

    @Test(arguments: [false, true], ["expired", "slow:nobody?", nil])
    func requestsBehindARefusalAreAnsweredInOrder(isLater: Bool, token: String?) async throws {
        try await TestServer.with {
            $0.origins = ["https://app.example"]
        } _: { server in
            let connection = try await connect(server, isLater: isLater)
            let origin = token == "slow:nobody?" ? ["Origin: https://evil.example"] : []
            try await connection.send(
                RawConnection.upgrade(token: token, fields: origin) + RawConnection.request("/slow")
                    + RawConnection.upgrade(token: "expired") + RawConnection.request("/v1/sync?wait=0")
                    + RawConnection.request("/last"))
            #expect(
                try await connection.answer().head.hasPrefix("HTTP/1.1 \(origin.isEmpty ? "401" : "403") "))
            #expect(try await connection.answer().body == "ok /slow")
            #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 401 "))
            #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 200 "))
            #expect(try await connection.answer().body == "ok /last")
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func anUpgradeBehindARefusalSucceeds(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await connect(server, isLater: isLater)
            try await connection.send(
                Array((RawConnection.upgrade(token: "expired") + RawConnection.upgrade()).utf8)
                    + ClientFrame.text("ping").bytes)
            #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 401 "))
            #expect(try await connection.head().hasPrefix("HTTP/1.1 101 "))
            #expect(try await connection.json()["type"]?.string == "initial_load")
            #expect(try await connection.frame().text == "pong")
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func anUpgradeThatNobodyKnowsIsAnOrdinaryRequest(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await connect(server, isLater: isLater)
            let fields = [
                "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
            ]
            let request = RawConnection.request("/slow", fields: fields)
            try await connection.send(request + request + RawConnection.upgrade())
            #expect(try await connection.answer().body == "ok /slow")
            #expect(try await connection.answer().body == "ok /slow")
            #expect(try await connection.head().hasPrefix("HTTP/1.1 101 "))
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func halfARequestBehindALongPollIsNotLost(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await connect(server, isLater: isLater)
            let page = try JSON.parse(try await connection.get("/v1/sync").body.utf8)
            let cursor = page["cursor"]?.string ?? ""
            let fields = ["Connection: Upgrade", "Upgrade: h2c"]
            try await connection.send(
                RawConnection.request("/v1/sync?wait=59&since=\(cursor)", fields: fields) + "GET /aft")
            #expect(try await eventually { server.hub.isConnected(maria) })
            await server.notify("maria")
            #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 200 "))
            try await connection.send("er HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await connection.answer().body == "ok /after")
            await connection.close()
        }
    }

    /// They are parsed in the same go, and nobody answers them: the stream ends with the connection.
    @Test(arguments: [false, true])
    func requestsBehindAnEventStreamAreDropped(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await connect(server, isLater: isLater)
            let post = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            try await connection.send(RawConnection.request("/v1/sse") + post + RawConnection.upgrade() + post)
            #expect(try await connection.head().hasPrefix("HTTP/1.1 200 "))
            #expect(try await connection.event() == "retry: 3000")
            #expect(try await connection.event(after: "event: ping").contains("initial_load"))
            await server.notify("maria")
            #expect(try await connection.event(after: "event: ping").contains("event: notification"))
            #expect(server.hub.sessionCount == 1)
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func whoAsksForTheEndGetsIt(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await connect(server, isLater: isLater)
            let fields = RawConnection.upgradeFields.map { $0.replacing("keep-alive", with: "close") }
            try await connection.send(
                RawConnection.request("/v1/ws", token: "expired", fields: fields) + RawConnection.request("/late"))
            let (head, _) = try await connection.answer()
            #expect(head.hasPrefix("HTTP/1.1 401 ") && head.contains("Connection: close"))
            try await connection.end()
            #expect(connection.unread.isEmpty)
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func framesInsteadOfARequestAreRefused(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await connect(server, isLater: isLater)
            try await connection.send(
                Array(RawConnection.upgrade(token: "expired").utf8) + ClientFrame.text("ping").bytes)
            #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 401 "))
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }
}
