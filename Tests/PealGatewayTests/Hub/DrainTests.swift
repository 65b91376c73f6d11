import PealCore
import Testing

@testable import PealGateway

/// RULES 35, as far as the gateway is concerned.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DrainTests {
    private func retryAfter(_ head: String) -> Int? {
        head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("retry-after: ") }
            .flatMap { Int($0.dropFirst(13)) }
    }

    @Test func thePaceFollowsTheClock() {
        let pace = DrainPace(count: 100, duration: .seconds(2))
        #expect(pace.left(after: .zero) == 100)
        #expect(pace.left(after: .milliseconds(500)) == 75)
        #expect(pace.left(after: .milliseconds(1999)) == 1)
        #expect(pace.left(after: .seconds(2)) == 0)
        #expect(pace.left(after: .seconds(9)) == 0, "whoever slept too long catches up")
        #expect(DrainPace(count: 100, duration: .zero).left(after: .zero) == 0)
        #expect(DrainPace(count: 0, duration: .seconds(2)).left(after: .zero) == 0)
    }

    @Test(arguments: [false, true])
    func firstNobodyIsLetInWhileSessionsGoOn(isLater: Bool) async throws {
        try await TestServer.with {
            $0.drainDelay = .seconds(600)
            $0.reconnectDelay = .seconds(7)
            $0.reconnectSpread = .zero
        } _: { server in
            let session = try await server.connect(isLater: isLater)
            try await session.send(RawConnection.upgrade())
            _ = try await session.head()
            _ = try await session.json()
            let kept = try await server.connect(isLater: isLater)
            _ = try await kept.get("/first")
            // Its token is being checked when the drain begins.
            let entering = try await server.connect(isLater: isLater)
            let drain = Task { await server.hub.drain() }
            try await entering.send(RawConnection.upgrade(token: "slow:maria"))
            #expect(try await eventually { server.hub.isDraining })
            for (connection, request) in [
                (entering, ""), (kept, RawConnection.upgrade()),
                (try await server.connect(isLater: isLater), RawConnection.upgrade()),
                (try await server.connect(isLater: isLater), RawConnection.request("/v1/sse")),
                (try await server.connect(isLater: isLater), RawConnection.request("/v1/sync")),
            ] {
                try await connection.send(request)
                let answer = try await connection.answer()
                #expect(answer.head.hasPrefix("HTTP/1.1 503"))
                #expect(retryAfter(answer.head) == 7)
                #expect(answer.body.contains(#""code":"draining""#))
                await connection.close()
            }
            #expect(server.metric(#"gateway_refusals_total{reason="draining"}"#) == 5)
            let other = try await server.connect(isLater: isLater)
            #expect(try await other.get("/other").head.hasPrefix("HTTP/1.1 200"), "HTTP goes on")
            await server.notify("maria", "still live")
            #expect(try await session.json()["data"]?["message"]?.string == "still live")
            drain.cancel()
            await drain.value
            #expect(try await session.frame().code == 1001)
            for connection in [session, other] { await connection.close() }
        }
    }

    @Test(arguments: [false, true])
    func thenSessionsOfAllKindsLeaveAtTheirPace(isLater: Bool) async throws {
        try await TestServer.with {
            $0.drainDuration = .milliseconds(600)
            $0.reconnectDelay = .seconds(2)
            $0.reconnectSpread = .seconds(1000)
        } _: { server in
            let cursor = Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0)
            let stream = try await server.connect(isLater: isLater)
            try await stream.send(RawConnection.request("/v1/sse?since=\(cursor)"))
            _ = try await stream.head()
            let poll = try await server.connect(isLater: isLater)
            try await poll.send(RawConnection.request("/v1/sync?since=\(cursor)&wait=60"))
            var sockets: [RawConnection] = []
            for _ in 0..<40 {
                let socket = try await server.connect(isLater: isLater)
                try await socket.send(RawConnection.upgrade("/v1/ws?since=\(cursor)"))
                _ = try await socket.head()
                _ = try await socket.json()
                sockets.append(socket)
            }
            #expect(try await eventually { server.hub.sessionCount == 42 })
            let clock = ContinuousClock()
            let start = clock.now
            async let drained: Void = server.hub.drain()
            #expect(try await eventually { server.hub.sessionCount < 42 })
            #expect(server.hub.sessionCount > 0, "not all at once")
            await drained
            #expect(clock.now - start >= .milliseconds(500))
            #expect(server.hub.sessionCount == 0)
            var delays: Set<Int64> = []
            for socket in sockets {
                let frame = try await socket.frame()
                #expect(frame.code == 1001)
                let delay = try JSON.parse(frame.reason.utf8)["reconnect_after_ms"]?.integer ?? 0
                #expect((2000...1_002_000).contains(delay))
                delays.insert(delay)
                await socket.close()
            }
            #expect(delays.count > 30, "each its own")
            var event = try await stream.event()
            while !event.hasPrefix("event: close") { event = try await stream.event() }
            #expect(event.contains(#""reconnect_after_ms":"#))
            let answer = try await poll.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 503"))
            #expect(retryAfter(answer.head) ?? 0 >= 2)
            await stream.close()
            await poll.close()
        }
    }
}
