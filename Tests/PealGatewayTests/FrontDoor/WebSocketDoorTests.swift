import PealCore
import Testing

@testable import PealGateway

/// A WebSocket session over a real socket, as the first request of its connection and as a later one (RULES 29).
@Suite(.serialized) struct WebSocketDoorTests {
    @Test(arguments: [false, true], ["user:maria", "slow:maria"])
    func theWholeLifeOfASession(isLater: Bool, token: String) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect(isLater: isLater)
            try await connection.send(RawConnection.upgrade(token: token))
            let head = try await connection.head()
            #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
            #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
            #expect(try await connection.json()["type"]?.string == "initial_load")
            #expect(server.hub.isConnected(maria))

            let id = await server.notify("maria")
            let live = try await connection.json()
            #expect(live["type"]?.string == "notification")
            #expect(live["unread_count"]?.integer == 1)

            try await connection.send(
                ClientFrame.text(#"{"type":"mark_read","id":5,"notification_id":"\#(id?.description ?? "")"}"#))
            let reply = try await connection.json()
            #expect(reply["type"]?.string == "marked_read")
            #expect(reply["id"]?.integer == 5)
            #expect(reply["unread_count"]?.integer == 0)

            try await connection.send(ClientFrame(opcode: 9, payload: [1, 2, 3]))
            #expect(try await connection.frame() == ServerFrame(opcode: 10, payload: [1, 2, 3]))

            try await connection.send(ClientFrame.close(1000))
            let close = try await connection.frame()
            #expect(close.opcode == 8 && close.code == 1000)
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
            #expect(!server.hub.isConnected(maria))
        }
    }

    @Test(arguments: [false, true])
    func bytesThatComeWithTheHeadTravelAlong(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect(isLater: isLater)
            let ping = ClientFrame.text(#"{"type":"ping","id":"early"}"#).bytes
            try await connection.send(Array(RawConnection.upgrade().utf8) + ping + ClientFrame.pong.bytes)
            _ = try await connection.head()
            #expect(try await connection.json()["type"]?.string == "initial_load")
            #expect(try await connection.json()["id"]?.string == "early")
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func oneByteAtATime(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect(isLater: isLater)
            let bytes = Array(RawConnection.upgrade().utf8) + ClientFrame.text("ping").bytes
            for byte in bytes { try await connection.send([byte]) }
            _ = try await connection.head()
            #expect(try await connection.json()["type"]?.string == "initial_load")
            #expect(try await connection.frame().text == "pong")
            await connection.close()
        }
    }

    @Test func anUpgradeBehindARequestThatIsNotAnsweredYet() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.send(RawConnection.request("/slow") + RawConnection.upgrade())
            #expect(try await connection.answer().body == "ok /slow")
            #expect(try await connection.head().hasPrefix("HTTP/1.1 101"))
            #expect(try await connection.json()["type"]?.string == "initial_load")
            await server.notify("maria")
            #expect(try await connection.json()["type"]?.string == "notification")
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func manyMessagesInOnePacket(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.openWebSocket(isLater: isLater)
            var bytes: [UInt8] = []
            for number in 0..<300 {
                bytes += ClientFrame.text(#"{"type":"get_unread_count","id":\#(number)}"#).bytes
                bytes += ClientFrame.text(#"{"type":"mark_all_seen","id":\#(number)}"#).bytes
            }
            try await connection.send(bytes)
            var counts: [Int64] = []
            var oks = 0
            for _ in 0..<600 {
                let frame = try await connection.json()
                if frame["type"]?.string == "unread_count" { counts.append(frame["id"]?.integer ?? -1) }
                if frame["type"]?.string == "ok" { oks += 1 }
            }
            #expect(counts == (0..<300).map(Int64.init))
            #expect(oks == 300)
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func resumingFromACursor(isLater: Bool) async throws {
        try await TestServer.with { server in
            let first = try await server.connect(isLater: isLater)
            try await first.send(RawConnection.upgrade("/v1/ws"))
            _ = try await first.head()
            let cursor = try await first.json()["cursor"]?.string ?? ""
            await first.close()
            await server.notify("maria", "while away")
            let second = try await server.connect(isLater: isLater)
            try await second.send(RawConnection.upgrade("/notifications?since=\(cursor)"))
            _ = try await second.head()
            let sync = try await second.json()
            #expect(sync["type"]?.string == "sync")
            #expect(sync["changes"]?.array?.first?["message"]?.string == "while away")
            await second.close()
        }
    }

    private static let violations: [(frame: ClientFrame, code: UInt16)] = [
        (ClientFrame(opcode: 1, payload: [0x61], isMasked: false), 1002),
        (ClientFrame(opcode: 1, payload: [0x61], reserved: 4), 1002),
        (ClientFrame(opcode: 1, payload: [0xFF]), 1007),
        (ClientFrame(opcode: 1, payload: .init(repeating: 0x61, count: 9000)), 1009),
        (ClientFrame(opcode: 2, payload: [1]), 4501),
    ]

    @Test(arguments: violations, [false, true])
    func violationsAreClosedWithTheirCode(
        violation: (frame: ClientFrame, code: UInt16), isLater: Bool
    ) async throws {
        try await TestServer.with { server in
            let connection = try await server.openWebSocket(isLater: isLater)
            try await connection.send(violation.frame)
            let close = try await connection.frame()
            #expect(close.opcode == 8)
            #expect(close.code == violation.code)
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func whatWasUnderstoodBeforeAViolationIsAnsweredBeforeTheEnd(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.openWebSocket(isLater: isLater)
            try await connection.send(
                ClientFrame.text("ping").bytes + ClientFrame(opcode: 3, payload: []).bytes
                    + ClientFrame.text("ping").bytes)
            #expect(try await connection.frame().text == "pong")
            #expect(try await connection.frame().code == 1002)
            try await connection.end()
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func aHalfClosedClientIsGone(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect(isLater: isLater)
            try await connection.send(RawConnection.upgrade())
            _ = try await connection.head()
            try await connection.finishSending()
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func silenceAfterAPingIsClosedWith4002(isLater: Bool) async throws {
        try await TestServer.with {
            $0.pingInterval = .milliseconds(100)
            $0.pongTimeout = .milliseconds(200)
        } _: { server in
            let connection = try await server.connect(isLater: isLater)
            try await connection.send(RawConnection.upgrade())
            _ = try await connection.head()
            // How many pings fit in before the end depends on the machine's mood.
            var frame = try await connection.frame()
            while frame.opcode != 9 { frame = try await connection.frame() }
            try? await connection.send(ClientFrame.pong)
            while frame.opcode != 8 { frame = try await connection.frame() }
            #expect(frame.code == 4002)
            try await connection.end()
        }
    }

    @Test(arguments: [false, true])
    func anExpiredTokenIsClosedWith4001(isLater: Bool) async throws {
        // Long enough that the session has begun before its token has ended, also on a slow machine.
        try await TestServer.with(lifetime: .seconds(2)) {
            $0.expiryGrace = .milliseconds(60)
        } _: { server in
            let connection = try await server.openWebSocket(isLater: isLater)
            #expect(try await connection.json()["type"]?.string == "token_expiring")
            #expect(try await connection.frame().code == 4001)
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func theLongestSilentSessionMakesRoom(isLater: Bool) async throws {
        try await TestServer.with {
            $0.maxPerUser = 2
        } _: { server in
            let spoken = try await server.openWebSocket(isLater: isLater)
            try await Task.sleep(for: .milliseconds(50))
            let silent = try await server.openWebSocket(isLater: isLater)
            try await Task.sleep(for: .milliseconds(50))
            try await spoken.send(ClientFrame.text("ping"))
            #expect(try await spoken.frame().text == "pong")
            let newest = try await server.openWebSocket(isLater: isLater)
            #expect(try await silent.frame().code == 4502, "the oldest has spoken since")
            #expect(try await eventually { server.hub.sessionCount(of: maria) == 2 })
            await server.notify("maria")
            for connection in [spoken, newest] {
                #expect(try await connection.json()["type"]?.string == "notification")
            }
            for connection in [spoken, silent, newest] { await connection.close() }
        }
    }

    @Test(arguments: [false, true])
    func aClientThatDoesNotReadGetsOneSyncAndIsNotKicked(isLater: Bool) async throws {
        try await TestServer.with {
            $0.queueBytes = 32_768
        } _: { server in
            let connection = try await server.openWebSocket(receiveBuffer: 8192, isLater: isLater)
            try await connection.setReading(false)
            let text = String(repeating: "x", count: 3000)
            for _ in 0..<200 { await server.notify("maria", text) }
            #expect(try await eventually { try await server.phases(of: maria) == [.behind] })
            try await connection.setReading(true)
            var seen: Int64 = 0
            var syncs = 0
            while seen < 200 {
                let frame = try await connection.json()
                let seq = frame["seq"]?.integer ?? 0
                #expect((frame["from"]?.integer ?? seq - 1) <= seen)
                if frame["type"]?.string == "sync" { syncs += 1 }
                seen = max(seen, seq)
            }
            #expect(syncs >= 1)
            #expect(server.hub.isConnected(maria))
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func aClientThatNeverReadsIsClosed(isLater: Bool) async throws {
        try await TestServer.with {
            $0.queueBytes = 32_768
            $0.writeTimeout = .milliseconds(200)
        } _: { server in
            let connection = try await server.openWebSocket(receiveBuffer: 8192, isLater: isLater)
            try await connection.setReading(false)
            let text = String(repeating: "x", count: 4000)
            for _ in 0..<300 { await server.notify("maria", text) }
            let full = ContinuousClock.now
            #expect(try await eventually { !server.hub.isConnected(maria) })
            // Not by the kernel's own patience, which is 20 s longer.
            #expect(ContinuousClock.now - full < .seconds(8))
            #expect(server.metric(#"session_closings_total{reason="not_reading"}"#) == 1)
            #expect(try await eventually { await server.memberCount == 0 })
            await connection.close()
        }
    }
}
