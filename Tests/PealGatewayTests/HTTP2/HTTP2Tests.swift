import NIOCore
import NIOHPACK
import PealCore
import Testing

@testable import PealGateway

/// The gateway on the streams of one HTTP/2 connection.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HTTP2Tests {
    let certificate: TestCertificate

    init() throws { certificate = try TestCertificate() }

    private func with(
        _ change: (inout GatewaySettings) -> Void = { _ in }, _ body: (TestServer, HTTP2Client) async throws -> Void
    ) async throws {
        try await TestServer.with(certificate: certificate, change) { server in
            let client = try await HTTP2Client.open(
                port: server.port, tls: try certificate.client(protocols: ["h2", "http/1.1"]))
            try await body(server, client)
            await client.close()
            #expect(try await eventually { await server.memberCount == 0 })
            #expect(server.hub.sessionCount == 0)
        }
    }

    @Test func whoseTokenIsCheckedWhenADrainBeginsIsRefused() async throws {
        try await with {
            $0.drainDelay = .seconds(600)
        } _: { server, client in
            let poll = try await client.get("/v1/sync", token: "slow:maria")
            let drain = Task { await server.hub.drain() }
            #expect(try await poll.headers().first(name: ":status") == "503")
            #expect(server.metric(#"gateway_refusals_total{reason="draining"}"#) == 1)
            drain.cancel()
            await drain.value
        }
    }

    @Test func everythingOnOneConnection() async throws {
        try await with { server, client in
            let stream = try await client.get("/sse/notifications", fields: [("origin", "https://a.b")])
            let head = try await stream.headers()
            #expect(head.first(name: ":status") == "200")
            #expect(head.first(name: "content-type") == "text/event-stream; charset=utf-8")
            #expect(head.first(name: "x-accel-buffering") == "no")
            #expect(head.first(name: "access-control-allow-origin") == "https://a.b")
            #expect(head.first(name: "connection") == nil)
            #expect(try await stream.event() == "retry: 3000")
            #expect(try await stream.event().contains("event: initial_load"))

            let first = try await client.get("/v1/sync", token: "slow:maria")
            let start = try JSON.parse(try await first.body().utf8)["cursor"]?.string ?? ""
            let poll = try await client.get("/v1/sync?since=\(start)&wait=20")
            let ordinary = try await client.get("/hello")
            #expect(try await ordinary.body() == "ok /hello")
            let upload = try await client.get(
                "/collect", method: "POST", body: ByteBuffer(repeating: 0x20, count: 300_000))
            #expect(try await upload.body() == "ok /collect")
            #expect(try await eventually { server.hub.sessionCount == 2 })

            await server.notify("maria", "now")
            #expect(try await stream.event().contains(#""message":"now""#))
            #expect(try await poll.body().contains(#""message":"now""#))
            let quiet = try await client.get("/v1/sync?since=\(start)&wait=0&limit=1")
            #expect(try await quiet.headers().first(name: "cursor") != nil)

            await stream.cancel()
            #expect(try await eventually { server.hub.sessionCount == 0 })
            #expect(try await client.get("/still").body() == "ok /still")
        }
    }

    @Test func refusals() async throws {
        try await with({ $0.origins = ["https://app.example"] }) { server, client in
            for (path, token, fields, status) in [
                ("/sse/notifications", nil, [], "401"), ("/sse/notifications", "wrong", [], "401"),
                ("/v1/sync", "expired", [], "401"), ("/ws/notifications", "user:maria", [], "426"),
                ("/v1/sync?limit=x", "user:maria", [], "400"),
                ("/v1/sse", "user:maria", [("origin", "https://evil.example")], "403"),
            ] as [(String, String?, [(String, String)], String)] {
                let exchange = try await client.get(path, token: token, fields: fields)
                #expect(try await exchange.status() == status, "\(path)")
                #expect(try await exchange.body().contains("urn:peal:problem:"))
            }
            let preflight = try await client.get(
                "/v1/sync", method: "OPTIONS", token: nil,
                fields: [("origin", "https://app.example"), ("access-control-request-method", "GET")])
            #expect(try await preflight.status() == "204")
            let head = try await client.get("/v1/sync", method: "HEAD")
            #expect(try await head.status() == "405")
            #expect(try await head.body() == "")
        }
    }

    @Test func aPollThatIsGivenUp() async throws {
        try await with { server, client in
            let cursor = "\(Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0))"
            let poll = try await client.get("/v1/sync?since=\(cursor)&wait=20")
            #expect(try await eventually { server.hub.sessionCount == 1 })
            await poll.cancel()
            #expect(try await eventually { server.hub.sessionCount == 0 })
        }
    }

    @Test func aStreamThatIsReadSlowlyGetsOneSync() async throws {
        try await with({
            $0.queueBytes = 65_536
            $0.writeTimeout = .seconds(60)
        }) { server, client in
            let stream = try await client.get("/sse/notifications", isReading: false)
            #expect(try await eventually { server.hub.sessionCount == 1 })
            var sent = 0
            for _ in 0..<100 where !(try await server.phases(of: maria).contains(.behind)) {
                for _ in 0..<20 {
                    await server.notify("maria", String(repeating: "x", count: 4000))
                    sent += 1
                }
            }
            #expect(try await server.phases(of: maria) == [.behind])
            #expect(sent < 200, "the window of one stream and one queue are soon full")
            #expect(try await client.get("/beside").body() == "ok /beside", "other streams are not held up")
            try await stream.setReading(true)
            var events: [String] = []
            while events.last?.contains(#""unread_count":\#(sent),"#) != true {
                events.append(try await stream.event())
            }
            #expect(events.contains { $0.contains("event: sync") })
            #expect(events.count < sent)
        }
    }

    @Test func aStreamThatIsNotReadIsClosed() async throws {
        try await with({
            $0.writeTimeout = .milliseconds(200)
            $0.sseHeartbeat = .milliseconds(100)
        }) { server, client in
            let stream = try await client.get("/sse/notifications", isReading: false)
            #expect(try await eventually { server.hub.sessionCount == 1 })
            for _ in 0..<100 { await server.notify("maria", String(repeating: "x", count: 4000)) }
            #expect(try await eventually { server.hub.sessionCount == 0 })
            try await stream.setReading(true)
            try await stream.end()
            #expect(try await client.get("/beside").body() == "ok /beside")
        }
    }

    @Test func aBodyThatNeverEnds() async throws {
        try await with({ $0.bodyTimeout = .milliseconds(200) }) { _, client in
            for path in ["/collect", "/v1/sync"] {
                let exchange = try await client.get(
                    path, method: "POST", body: ByteBuffer(string: "x"), ends: false)
                try await exchange.end()
                #expect(exchange.reset != nil)
            }
        }
    }

    @Test func aConnectionWithoutRequestsIsClosed() async throws {
        try await with({
            $0.idleTimeout = .milliseconds(200)
            $0.requestPatience = .milliseconds(200)
        }) { (_, client) async throws in
            #expect(try await eventually { client.isClosed })
        }
    }

    @Test func drainedStreamsEndWithAReason() async throws {
        try await with { server, client in
            let stream = try await client.get("/sse/notifications")
            _ = try await stream.event()
            _ = try await stream.event()
            let cursor = "\(Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0))"
            let poll = try await client.get("/v1/sync?since=\(cursor)&wait=20")
            #expect(try await eventually { server.hub.sessionCount == 2 })
            await server.hub.drain()
            #expect(try await stream.event().hasPrefix("event: close\ndata: {\"code\":1001,\"reconnect_after_ms\":"))
            try await stream.end()
            #expect(stream.reset == nil)
            #expect(try await poll.status() == "503")
            #expect(try await client.get("/v1/sync").status() == "503")
        }
    }

    @Test func theServersOwnShutdownEndsEverything() async throws {
        let clock = ContinuousClock()
        var began = clock.now
        var client: HTTP2Client?
        var streams: [HTTP2Exchange] = []
        try await TestServer.with(certificate: certificate) {
            $0.requestPatience = .milliseconds(300)
        } _: { server in
            let opened = try await HTTP2Client.open(
                port: server.port, tls: try certificate.client(protocols: ["h2"]))
            client = opened
            streams.append(try await opened.get("/sse/notifications"))
            _ = try await streams[0].event()
            streams.append(try await opened.get("/collect", method: "POST", body: ByteBuffer(string: "x"), ends: false))
            #expect(try await eventually { server.hub.sessionCount == 1 })
            began = clock.now
        }
        #expect(clock.now - began < .seconds(8))
        for stream in streams { try await stream.end() }
        await client?.close()
    }
}
