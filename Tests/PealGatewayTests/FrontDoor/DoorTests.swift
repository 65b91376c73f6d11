import PealCore
import Testing

@testable import PealGateway

/// What else can happen at the door (RULES 28): every way in has its way out.
@Suite(.serialized) struct DoorTests {
    @Test func aProbeThatOnlyConnects() async throws {
        try await TestServer.with { server in
            for _ in 0..<20 { await (try await server.connect()).close() }
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func aProbeThatHalfCloses() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.finishSending()
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func aHeadThatNeverEnds() async throws {
        try await TestServer.with {
            $0.headTimeout = .milliseconds(150)
        } _: { server in
            let silent = try await server.connect()
            let slow = try await server.connect()
            try? await slow.send("GET /ws/notifications HTTP/1.1\r\nHost:")
            try await silent.end()
            try await slow.end()
            await silent.close()
            await slow.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func theClockIsReadForTheFirstConnectionAfterARest() async throws {
        try await TestServer.with {
            $0.headTimeout = .milliseconds(600)
        } _: { server in
            try await Task.sleep(for: .seconds(1))
            let came = ContinuousClock.now
            let silent = try await server.connect()
            try await silent.end()
            #expect(ContinuousClock.now - came >= .milliseconds(600))
            await silent.close()
        }
    }

    @Test func aHeadThatIsTooLarge() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.send("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 20_000))
            #expect(try await connection.head().hasPrefix("HTTP/1.1 431"))
            try await connection.end()
            await connection.close()
        }
    }

    @Test func aSilentConnectionDoesNotHoldUpTheShutdown() async throws {
        let clock = ContinuousClock()
        var silent: [RawConnection] = []
        let began = clock.now
        try await TestServer.with { server in
            silent.append(try await server.connect())
            let kept = try await server.connect()
            #expect(try await kept.get("/a").body == "ok /a")
            silent.append(kept)
            let half = try await server.connect()
            try await half.send("GET /ws/noti")
            silent.append(half)
            let poll = try await server.connect()
            let start = try JSON.parse(try await poll.get("/v1/sync").body.utf8)["cursor"]?.string ?? ""
            try await poll.send(RawConnection.request("/v1/sync?since=\(start)"))
            silent.append(poll)
            let socket = try await server.connect()
            try await socket.send(RawConnection.upgrade())
            _ = try await socket.head()
            _ = try await socket.json()
            silent.append(socket)
            #expect(try await eventually { server.hub.sessionCount == 2 })
        }
        #expect(clock.now - began < .seconds(4))
        #expect(try await silent[3].answer().head.hasPrefix("HTTP/1.1 503"))
        let close = try await silent[4].frame()
        #expect(close.code == 1001)
        #expect(try JSON.parse(close.reason.utf8)["reconnect_after_ms"]?.integer ?? 0 >= 1000)
        for connection in silent { await connection.close() }
    }

    @Test func ordinaryRequestsGoToTheRouter() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            #expect(try await connection.get("/notifications").body == "ok /notifications")
            #expect(try await connection.get("/v1/notifications?x=1").body == "ok /v1/notifications")
            try await connection.send(
                "POST /v1/reads HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + RawConnection.request("/b"))
            #expect(try await connection.answer().body == "ok /v1/reads")
            #expect(try await connection.answer().body == "ok /b")
            await connection.close()
        }
    }

    @Test func aBodyThatWaitsForItsInvitationGetsIt() async throws {
        let expecting = "POST /collect HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.send(expecting)
            #expect(try await connection.head() == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.send("hello")
            #expect(try await connection.answer().body == "ok /collect")
            try await connection.send(RawConnection.request("/slow") + expecting)
            #expect(try await connection.answer().body == "ok /slow")
            #expect(try await connection.head() == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.send("hello")
            #expect(try await connection.answer().body == "ok /collect")
            await connection.close()
        }
    }

    @Test func whatIsNotHTTPIsRefused() async throws {
        try await TestServer.with { server in
            for text in ["\u{16}\u{03}\u{01}nonsense", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\n\n"] {
                let connection = try await server.connect()
                try await connection.send(text)
                try await connection.finishSending()
                try await connection.end()
                await connection.close()
            }
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func anIdleKeptConnectionIsClosed() async throws {
        try await TestServer.with {
            $0.idleTimeout = .milliseconds(150)
        } _: { server in
            let connection = try await server.connect()
            #expect(try await connection.get("/slow").body == "ok /slow")
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func refusals(isLater: Bool) async throws {
        let ws = RawConnection.upgradeFields
        let cases: [(String, String, String)] = [
            (RawConnection.request("/ws/notifications"), "426", "upgrade_required"),
            (RawConnection.upgrade(token: nil), "401", "token_missing"),
            (RawConnection.upgrade(token: "expired"), "401", "token_expired"),
            (RawConnection.upgrade(token: "bad"), "401", "token_invalid"),
            (RawConnection.upgrade(token: "revoked"), "403", "user_revoked"),
            (RawConnection.upgrade("/ws/notifications?token=user:ana"), "400", "token_mismatch"),
            (
                RawConnection.upgrade(token: nil, fields: ["Sec-WebSocket-Protocol: peal.bearer.user:maria"]), "400",
                "subprotocol_missing"
            ),
            (RawConnection.upgrade(fields: ["Origin: https://evil.example"]), "403", "origin_not_allowed"),
            (
                RawConnection.request(
                    "/ws/notifications", fields: ws.map { $0.replacing("Version: 13", with: "Version: 8") }), "426",
                "upgrade_required"
            ),
            (
                RawConnection.request("/ws/notifications", fields: ws.map { $0.replacing("bXBsZSB", with: "!") }),
                "400",
                "invalid_key"
            ),
            (RawConnection.request("/v1/sync?wait=soon"), "400", "invalid_wait"),
            (
                RawConnection.request("/sse/notifications", fields: ["Content-Length: 3"]) + "abc", "400",
                "body_not_allowed"
            ),
            ("POST /v1/sync HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "405", "method_not_allowed"),
            ("DELETE /v1/ws HTTP/1.1\r\nHost: a\r\n\r\n", "405", "method_not_allowed"),
            (RawConnection.upgrade().replacing("Host: localhost\r\n", with: ""), "400", "host_missing"),
            (RawConnection.upgrade(fields: ["Host: localhost"]), "400", "host_missing"),
            ("GET /ordinary HTTP/1.1\r\nX: y\r\n\r\n", "400", "host_missing"),
            ("POST /collect HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "400", "host_missing"),
        ]
        try await TestServer.with {
            $0.origins = ["https://app.example"]
        } _: { server in
            for (request, status, code) in cases {
                let connection = try await server.connect()
                if isLater { _ = try await connection.get("/first") }
                try await connection.send(request)
                let (head, body) = try await connection.answer()
                #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(request)\(head)")
                #expect(head.lowercased().contains("content-type: application/problem+json"))
                let problem = try JSON.parse(body.utf8)
                #expect(problem["code"]?.string == code)
                #expect(problem["status"]?.integer == Int64(status))
                if status == "401" { #expect(head.lowercased().contains("www-authenticate: bearer")) }
                if status == "426" { #expect(head.lowercased().contains("sec-websocket-version: 13")) }
                if request.contains("Content-Length") {
                    // What follows would be a body that nobody reads.
                    try await connection.end()
                } else {
                    #expect(!head.lowercased().contains("connection: close"))
                    #expect(try await connection.get("/after").body == "ok /after")
                }
                await connection.close()
            }
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func theAnswerToAHeadHasNoBody(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            if isLater { _ = try await connection.get("/first") }
            try await connection.send("HEAD /v1/sse HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await connection.head()
            #expect(head.hasPrefix("HTTP/1.1 405 "))
            #expect(head.contains("Allow: GET\r\n"))
            #expect(try await connection.get("/after").head.hasPrefix("HTTP/1.1 200 "))
            await connection.close()
        }
    }

    @Test func anOldClientNeedNotNameTheHost() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.send("GET /old HTTP/1.0\r\n\r\n")
            #expect(try await connection.answer().body == "ok /old")
            await connection.close()
        }
    }

    @Test func fullAndDraining() async throws {
        try await TestServer.with {
            $0.maxSessions = 1
        } _: { server in
            let first = try await server.connect()
            try await first.send(RawConnection.upgrade())
            _ = try await first.head()
            let second = try await server.connect()
            try await second.send(RawConnection.upgrade())
            #expect(try await second.head().contains("503 Service Unavailable\r\n"))
            await second.close()
            _ = try await first.json()
            await server.hub.drain()
            #expect(try await first.frame().code == 1001)
            await first.close()
            let third = try await server.connect()
            try await third.send(RawConnection.upgrade())
            let head = try await third.head()
            #expect(head.contains("503 Service Unavailable\r\n") && head.contains("Retry-After: "))
            await third.close()
            #expect(server.hub.isDraining)
        }
    }

    @Test func theTokenMayComeBySubprotocolOrQuery() async throws {
        try await TestServer.with { server in
            let browser = try await server.connect()
            try await browser.send(
                RawConnection.upgrade(
                    token: nil, fields: ["Sec-WebSocket-Protocol: peal.v1, peal.bearer.user:maria"]))
            let head = try await browser.head()
            #expect(head.contains("Sec-WebSocket-Protocol: peal.v1\r\n"))
            #expect(!head.contains("user:maria"))
            let simple = try await server.connect()
            try await simple.send(RawConnection.upgrade("/ws/notifications?token=user%3Aana", token: nil))
            #expect(try await simple.head().hasPrefix("HTTP/1.1 101"))
            #expect(try await eventually { server.hub.isConnected(ana) })
            await browser.close()
            await simple.close()
        }
    }
}
