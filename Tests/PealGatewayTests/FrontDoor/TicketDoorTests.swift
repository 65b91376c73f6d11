import PealAuth
import PealCore
import Testing

@testable import PealGateway

@Suite(.serialized) struct TicketDoorTests {
    private func ticket(_ server: TestServer, lifetime: Duration? = .seconds(3600)) throws -> String {
        let claims = Claims(user: maria, expiresAt: lifetime.map { WallClock.now() + $0 })
        return try server.tickets.issue(for: claims).ticket
    }

    @Test(arguments: [false, true])
    func aTicketOpensAnEventStreamOnce(isLater: Bool) async throws {
        try await TestServer.with { server in
            let request = RawConnection.request("/sse/notifications?ticket=\(try ticket(server))", token: nil)
            let connection = try await server.connect(isLater: isLater)
            try await connection.send(request)
            #expect(try await connection.head().hasPrefix("HTTP/1.1 200 OK"))
            _ = try await connection.event()
            #expect(try await connection.event(after: "event: ping").contains("initial_load"))
            #expect(server.hub.sessionCount(of: maria) == 1)
            let second = try await server.connect(isLater: isLater)
            try await second.send(request)
            let refusal = try await second.answer()
            #expect(refusal.head.hasPrefix("HTTP/1.1 401"))
            #expect(refusal.body.contains(#""code":"ticket_invalid""#))
            await connection.close()
            await second.close()
        }
    }

    @Test(arguments: [false, true])
    func aTicketOpensAWebSocketAndALongPoll(isLater: Bool) async throws {
        try await TestServer.with { server in
            let socket = try await server.connect(isLater: isLater)
            try await socket.send(
                RawConnection.upgrade("/ws/notifications?ticket=\(try ticket(server))&limit=3", token: nil))
            #expect(try await socket.head().hasPrefix("HTTP/1.1 101"))
            #expect(try await socket.json()["type"]?.string == "initial_load")
            let poll = try await server.connect(isLater: isLater)
            let answer = try await poll.get("/v1/sync?ticket=\(try ticket(server))", token: nil)
            #expect(answer.head.hasPrefix("HTTP/1.1 200"))
            await socket.close()
            await poll.close()
        }
    }

    @Test(arguments: [false, true])
    func theSessionEndsWithTheTokenOfItsTicket(isLater: Bool) async throws {
        try await TestServer.with {
            $0.expiryWarning = .milliseconds(200)
            $0.expiryGrace = .milliseconds(100)
        } _: { server in
            let socket = try await server.connect(isLater: isLater)
            let ticket = try ticket(server, lifetime: .milliseconds(3000))
            try await socket.send(RawConnection.upgrade("/ws/notifications?ticket=\(ticket)", token: nil))
            _ = try await socket.head()
            var frame = try await socket.frame()
            while frame.opcode != 0x8 { frame = try await socket.frame() }
            #expect(frame.code == 4001)
            await socket.close()
        }
    }

    @Test(arguments: [false, true])
    func ofTwoUsesAtOnceOneGetsIn(isLater: Bool) async throws {
        try await TestServer.with { server in
            for _ in 0..<20 {
                let request = RawConnection.upgrade("/ws/notifications?ticket=\(try ticket(server))", token: nil)
                let (left, right) = (
                    try await server.connect(isLater: isLater), try await server.connect(isLater: isLater)
                )
                async let first: Void = left.send(request)
                async let second: Void = right.send(request)
                _ = try await (first, second)
                let heads = [try await left.head(), try await right.head()].map { $0.prefix(12) }
                #expect(heads.sorted() == ["HTTP/1.1 101", "HTTP/1.1 401"])
                await left.close()
                await right.close()
            }
        }
    }

    @Test(arguments: [false, true])
    func aTicketBesideATokenIsRefusedAndNotUsedUp(isLater: Bool) async throws {
        try await TestServer.with { server in
            let ticket = try ticket(server)
            for target in ["/v1/sse?ticket=\(ticket)", "/v1/sse?ticket=\(ticket)&token=user:maria"] {
                let connection = try await server.connect(isLater: isLater)
                let answer = try await connection.get(target)
                #expect(answer.head.hasPrefix("HTTP/1.1 400"))
                #expect(answer.body.contains("token_mismatch"))
                await connection.close()
            }
            #expect(throws: Never.self) { try server.tickets.redeem(ticket) }
        }
    }

    @Test(arguments: [false, true])
    func aTicketIsNoToken(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect(isLater: isLater)
            #expect(try await connection.get("/v1/sse", token: ticket(server)).head.hasPrefix("HTTP/1.1 401"))
            await connection.close()
        }
    }
}
