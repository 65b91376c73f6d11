import PealCore
import Testing

@testable import PealGateway

@Suite(.serialized) struct LongPollTests {
    @Test(arguments: [false, true])
    func theConnectionIsGivenBack(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            if isLater { #expect(try await connection.get("/first").body == "ok /first") }
            let (head, body) = try await connection.get("/v1/sync", fields: ["Origin: https://app.example"])
            #expect(head.hasPrefix("HTTP/1.1 200"))
            #expect(head.lowercased().contains("access-control-allow-origin: https://app.example"))
            let load = try JSON.parse(body.utf8)
            #expect(load["type"]?.string == "initial_load")
            let cursor = load["cursor"]?.string ?? ""

            let quiet = try await connection.get("/v1/sync?since=\(cursor)&wait=0")
            #expect(quiet.head.hasPrefix("HTTP/1.1 204"))
            #expect(quiet.head.lowercased().contains("cursor: \(cursor)"))

            try await connection.send(RawConnection.request("/v1/sync?since=\(cursor)&wait=20"))
            #expect(try await eventually { server.hub.sessionCount == 1 })
            await server.notify("maria", "now")
            let sync = try JSON.parse(try await connection.answer().body.utf8)
            #expect(sync["changes"]?.array?.first?["message"]?.string == "now")
            #expect(sync["unread_count"]?.integer == 1)
            #expect(server.hub.sessionCount == 0)

            let known = try await connection.get("/v1/sync?since=\(cursor)&wait=20")
            #expect(try JSON.parse(known.body.utf8)["changes"]?.array?.count == 1, "what is there is answered at once")

            #expect(try await connection.get("/last").body == "ok /last")
            #expect(try await connection.get("/v1/sync?since=bad&wait=20").body.contains(#""reset":true"#))
            try await connection.send(RawConnection.upgrade())
            #expect(try await connection.head().hasPrefix("HTTP/1.1 101"))
            #expect(try await connection.json()["type"]?.string == "initial_load")
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func pipelinedRequestsWaitTheirTurn(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            if isLater { _ = try await connection.get("/first") }
            let cursor = "\(Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0))"
            try await connection.send(
                RawConnection.request("/v1/sync?since=\(cursor)&wait=1") + RawConnection.request("/next")
                    + RawConnection.request("/v1/sync?since=\(cursor)&wait=0") + RawConnection.request("/last"))
            #expect(try await eventually { server.hub.sessionCount == 1 })
            await server.notify("maria")
            #expect(try await connection.answer().body.contains(#""type":"sync""#))
            #expect(try await connection.answer().body == "ok /next")
            #expect(try await connection.answer().body.contains(#""type":"sync""#))
            #expect(try await connection.answer().body == "ok /last")
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func aClientThatGoesLeavesNothing(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            if isLater { _ = try await connection.get("/first") }
            let cursor = "\(Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0))"
            try await connection.send(RawConnection.request("/v1/sync?since=\(cursor)&wait=20"))
            #expect(try await eventually { server.hub.sessionCount == 1 })
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
            #expect(server.hub.sessionCount == 0)
        }
    }

    /// RULES 34, for the normal case behind a proxy that keeps its connections.
    @Test func aPollThatIsALaterRequestKeepsNoTask() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            let tag = server.store.epoch.tag(for: maria)
            for round in 0..<3 as Range<Seq> {
                #expect(try await connection.get("/ordinary").body == "ok /ordinary")
                #expect(server.served.count == 1, "Hummingbird waits for the next request")
                let cursor = Cursor(epoch: tag, seq: round)
                try await connection.send(RawConnection.request("/v1/sync?since=\(cursor)&wait=50"))
                #expect(try await eventually { server.hub.sessionCount == 1 })
                #expect(try await eventually { server.served.count == 0 }, "its task has ended")
                await server.notify("maria")
                let sync = try JSON.parse(try await connection.answer().body.utf8)
                #expect(sync["seq"]?.integer == Int64(round + 1))
            }
            try await connection.send(
                "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                    + RawConnection.request("/slow") + "rubbish\r\n\r\n")
            #expect(try await connection.answer().body == "ok /collect")
            #expect(try await connection.answer().body == "ok /slow")
            #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 400"))
            try await connection.end()
            await connection.close()
            #expect(try await eventually { server.served.count == 0 })
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func rubbishBehindAPollIsRefused() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect(isLater: true)
            _ = try await connection.get("/v1/sync")
            try await connection.send("rubbish\r\n\r\n")
            #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 400"))
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func aPollEndsSomeTimeAfterItsToken(isLater: Bool) async throws {
        try await TestServer.with(lifetime: .milliseconds(600)) {
            $0.expiryGrace = .milliseconds(60)
        } _: { server in
            let cursor = "\(Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0))"
            let connection = try await server.connect(isLater: isLater)
            let began = ContinuousClock.now
            let (head, body) = try await connection.get("/v1/sync?since=\(cursor)&wait=50")
            #expect(head.hasPrefix("HTTP/1.1 401"), "\(head)")
            #expect(body.contains(#""code":"token_expired""#))
            #expect(ContinuousClock.now - began >= .milliseconds(600))
            #expect(server.metric(#"session_closings_total{reason="token_expired"}"#) == 1)
            #expect(server.hub.sessionCount == 0)
            let quiet = try await connection.get("/v1/sync?since=\(cursor)&wait=0")
            #expect(quiet.head.hasPrefix("HTTP/1.1 204"), "the wait is over first")
            await connection.close()
        }
    }

    /// Deadlines that are further away than the timing wheel is large come up early, and then nothing may happen.
    @Test func aLongWaitIsWaited() async throws {
        try await TestServer.with(on: [.nio]) {
            $0.tick = .milliseconds(2)
        } _: { server in
            let cursor = "\(Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0))"
            let connection = try await server.connect()
            let began = ContinuousClock.now
            let (head, _) = try await connection.get("/v1/sync?since=\(cursor)&wait=1")
            #expect(head.hasPrefix("HTTP/1.1 204"))
            #expect(ContinuousClock.now - began >= .seconds(1))
            await connection.close()
        }
    }

    @Test func theWaitEnds() async throws {
        try await TestServer.with {
            $0.longPollWaitLimit = .milliseconds(100)
        } _: { server in
            let connection = try await server.connect()
            let cursor = "\(Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0))"
            let (head, _) = try await connection.get("/v1/sync?since=\(cursor)&wait=59", fields: ["Connection: close"])
            #expect(head.hasPrefix("HTTP/1.1 204"))
            #expect(head.contains("Connection: close"))
            try await connection.end()
            await connection.close()
        }
    }

    @Test func preflight() async throws {
        try await TestServer.with {
            $0.origins = ["https://app.example"]
        } _: { server in
            let connection = try await server.connect()
            for (origin, isAllowed) in [("https://app.example", true), ("https://evil.example", false)] {
                try await connection.send(
                    "OPTIONS /v1/sync HTTP/1.1\r\nHost: a\r\nOrigin: \(origin)\r\n"
                        + "Access-Control-Request-Method: GET\r\n\r\n")
                let head = try await connection.head().lowercased()
                #expect(head.hasPrefix("http/1.1 204"))
                #expect(head.contains("access-control-allow-origin") == isAllowed)
            }
            #expect(try await connection.get("/then").body == "ok /then")
            await connection.close()
        }
    }
}
