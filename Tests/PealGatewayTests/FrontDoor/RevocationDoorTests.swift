import PealAuth
import PealCore
import Testing

@testable import PealGateway

@Suite(.serialized) struct RevocationDoorTests {
    private func everything(of user: UserID) -> Revocation {
        Revocation(number: 1, user: user, extent: .issuedBefore(WallClock.now() + .seconds(3600)))
    }

    @Test(arguments: [false, true])
    func liveSessionsAreClosedAtOnce(isLater: Bool) async throws {
        try await TestServer.with { server in
            var connections: [RawConnection] = []
            for request in [
                RawConnection.upgrade(), RawConnection.request("/v1/sse"), RawConnection.request("/v1/sync?wait=60"),
                RawConnection.upgrade(token: "user:ana"),
            ] {
                let connection = try await server.connect()
                if isLater { _ = try await connection.get("/first") }
                try await connection.send(request)
                connections.append(connection)
            }
            let (socket, stream, poll, other) = (connections[0], connections[1], connections[2], connections[3])
            for socket in [socket, other] {
                _ = try await socket.head()
                #expect(try await socket.json()["type"]?.string == "initial_load")
            }
            _ = try await stream.head()
            _ = try await stream.event()
            #expect(try await stream.event(after: "event: ping").contains("initial_load"))
            // A poll without a cursor gets its page; one with the cursor of that page waits.
            let cursor = Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0)
            _ = try await poll.answer()
            try await poll.send(RawConnection.request("/v1/sync?wait=60&since=\(cursor)"))
            #expect(try await eventually { server.hub.sessionCount(of: maria) == 3 })

            server.revocations.enter([everything(of: maria)])
            let last = try await socket.frame()
            #expect(last.opcode == 8 && last.code == 4500)
            #expect(try await stream.event(after: "event: ping").contains(#""code":4500"#))
            let refusal = try await poll.answer()
            #expect(refusal.head.hasPrefix("HTTP/1.1 403"))
            #expect(refusal.body.contains("user_revoked"))
            #expect(server.hub.sessionCount(of: maria) == 0)
            #expect(server.hub.sessionCount(of: ana) == 1)
            #expect(server.metric(#"session_closings_total{reason="revoked"}"#) == 3)
            #expect(server.metric(#"session_closings_total{reason="other"}"#) == 0)
            #expect(server.metric(#"websocket_connection_errors_total{type="revoked"}"#) == 3)
            #expect(server.metric(#"websocket_connection_errors_total{type="internal"}"#) == 0)
            await server.notify("ana")
            #expect(try await other.json()["type"]?.string == "notification")
            for connection in connections { await connection.close() }
        }
    }

    @Test func newSessionsAreRefusedBeforeTheUpgrade() async throws {
        try await TestServer.with { server in
            server.revocations.enter([everything(of: maria)])
            let ticket = try server.tickets.issue(for: Claims(user: maria, issuedAt: WallClock.now())).ticket
            for request in [
                RawConnection.upgrade(), RawConnection.request("/v1/sse"), RawConnection.request("/v1/sync"),
                RawConnection.upgrade(token: "slow:maria"),
                RawConnection.request("/v1/sse?ticket=\(ticket)", token: nil),
            ] {
                let connection = try await server.connect()
                try await connection.send(request)
                let answer = try await connection.answer()
                #expect(answer.head.hasPrefix("HTTP/1.1 403"), "\(request)")
                #expect(answer.body.contains(#""code":"user_revoked""#))
                await connection.close()
            }
        }
    }

    /// The revocation comes after the token was checked and before the session is in the hub: nobody closes it from outside.
    @Test(arguments: [false, true])
    func aSessionThatComesTooLateClosesItself(isLater: Bool) async throws {
        try await TestServer.with { server in
            await server.notify("maria")
            for target in ["/ws/notifications", "/v1/sse", "/v1/sync?wait=60"] {
                let connection = try await server.connect()
                if isLater { _ = try await connection.get("/first") }
                let fields = target.hasPrefix("/ws") ? RawConnection.upgradeFields : []
                try await connection.send(RawConnection.request(target, token: "revoking:maria", fields: fields))
                let head = try await connection.head()
                if target.hasPrefix("/ws") {
                    #expect(head.hasPrefix("HTTP/1.1 101"))
                    #expect(try await connection.frame().code == 4500)
                } else if target.hasPrefix("/v1/sse") {
                    _ = try await connection.event()
                    #expect(try await connection.event().contains(#""code":4500"#))
                } else {
                    #expect(head.hasPrefix("HTTP/1.1 401"))
                    #expect(String(decoding: connection.unread, as: UTF8.self).contains("token_revoked"))
                }
                #expect(!String(decoding: connection.unread, as: UTF8.self).contains("notification_id"))
                await connection.close()
            }
            #expect(try await eventually { server.hub.sessionCount == 0 })
        }
    }

    @Test func oneTokenCanBeRevokedAlone() async throws {
        try await TestServer.with { server in
            let (one, two) = (try await server.connect(), try await server.connect())
            try await one.send(RawConnection.upgrade(token: "user:maria#1"))
            try await two.send(RawConnection.upgrade(token: "user:maria#2"))
            for socket in [one, two] {
                _ = try await socket.head()
                _ = try await socket.json()
            }
            server.revocations.enter([Revocation(number: 1, user: maria, extent: .token(id: "1", endsAt: nil))])
            #expect(try await one.frame().code == 4500)
            await server.notify("maria")
            #expect(try await two.json()["type"]?.string == "notification")
            let again = try await server.connect()
            try await again.send(RawConnection.upgrade(token: "user:maria#1"))
            let answer = try await again.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 401") && answer.body.contains("token_revoked"))
            for socket in [one, two, again] { await socket.close() }
        }
    }

    @Test(arguments: [false, true])
    func aPollWhoseOneTokenIsRevokedIsToldSo(isLater: Bool) async throws {
        try await TestServer.with { server in
            let cursor = Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0)
            let poll = try await server.connect(isLater: isLater)
            try await poll.send(RawConnection.request("/v1/sync?since=\(cursor)&wait=60", token: "user:maria#1"))
            #expect(try await eventually { server.hub.sessionCount == 1 })
            server.revocations.enter([Revocation(number: 1, user: maria, extent: .token(id: "1", endsAt: nil))])
            let answer = try await poll.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 401"))
            #expect(answer.head.lowercased().contains("www-authenticate: bearer"))
            #expect(answer.body.contains(#""code":"token_revoked""#))
            await poll.close()
        }
    }

    @Test func aRefreshedSessionIsJudgedByItsNewToken() async throws {
        try await TestServer.with { server in
            let socket = try await server.connect()
            try await socket.send(RawConnection.upgrade(token: "user:maria#1"))
            _ = try await socket.head()
            _ = try await socket.json()
            try await socket.send(ClientFrame.text(#"{"type":"refresh_token","token":"user:maria#2"}"#))
            #expect(try await socket.json()["type"]?.string == "token_refreshed")
            server.revocations.enter([Revocation(number: 1, user: maria, extent: .token(id: "1", endsAt: nil))])
            try await socket.send(ClientFrame.text(#"{"type":"refresh_token","token":"user:maria#1"}"#))
            #expect(try await socket.json()["code"]?.string == "token_revoked")
            server.revocations.enter([Revocation(number: 2, user: maria, extent: .token(id: "2", endsAt: nil))])
            #expect(try await socket.frame().code == 4500)
            await socket.close()
        }
    }

    @Test func aTokenThatIsRevokedWhileItIsCheckedEndsTheSession() async throws {
        try await TestServer.with { server in
            let socket = try await server.connect()
            try await socket.send(RawConnection.upgrade())
            _ = try await socket.head()
            _ = try await socket.json()
            try await socket.send(ClientFrame.text(#"{"type":"refresh_token","token":"revoking:maria"}"#))
            var frame = try await socket.frame()
            if frame.opcode == 1 { frame = try await socket.frame() }
            #expect(frame.code == 4500)
            await socket.close()
        }
    }
}
