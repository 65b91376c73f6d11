import NIOCore
import PealCore
import Testing

@testable import PealGateway

/// What a full server says to one more.
@Suite(.serialized, .timeLimit(.minutes(2))) struct AdmissionTests {
    private func code(_ answer: (head: String, body: String)) throws -> String {
        #expect(answer.head.lowercased().contains("content-type: application/problem+json"))
        #expect(answer.head.lowercased().contains("\r\nretry-after: "))
        return try JSON.parse(answer.body.utf8)["code"]?.string ?? ""
    }

    @Test func connectionsOfAllKindsCount() async throws {
        try await TestServer.with {
            $0.maxConnections = 2
        } _: { server in
            let plain = try await server.connect()
            #expect(try await plain.get("/first").head.hasPrefix("HTTP/1.1 200"))
            let silent = try await server.connect()
            #expect(try await eventually { server.hub.admissions.connectionCount == 2 })
            for request in [RawConnection.request("/other"), RawConnection.upgrade(), "\u{16}\u{3}\u{1} hello"] {
                let third = try await server.connect()
                try await third.send(request)
                let answer = try await third.answer()
                #expect(answer.head.hasPrefix("HTTP/1.1 503"))
                #expect(try code(answer) == "server_full")
                try await third.end()
                await third.close()
            }
            #expect(server.metric(#"gateway_refusals_total{reason="connections"}"#) == 3)
            await silent.close()
            #expect(try await eventually { server.hub.admissions.connectionCount == 1 })
            let next = try await server.connect()
            #expect(try await next.get("/next").head.hasPrefix("HTTP/1.1 200"))
            await next.close()
            await plain.close()
            #expect(try await eventually { server.hub.admissions.connectionCount == 0 })
        }
    }

    /// Or who watches the server would end it. But it is let in for this one answer only.
    @Test func aFullServerStillTellsThatItLives() async throws {
        try await TestServer.with {
            $0.maxConnections = 0
        } _: { server in
            let probe = try await server.connect()
            try await probe.send(
                RawConnection.request("/health/live") + RawConnection.request("/other") + RawConnection.upgrade())
            let answer = try await probe.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 200") && answer.body == "ok /health/live")
            #expect(answer.head.lowercased().contains("\r\nconnection: close\r\n"))
            try await probe.end()
            #expect(probe.unread.isEmpty)
            #expect(server.hub.sessionCount == 0)
            await probe.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func farBeyondTheLimitThereIsNoAnswer() async throws {
        try await TestServer.with {
            $0.maxConnections = 1
            $0.headTimeout = .seconds(120)
            $0.surplusPatience = .seconds(120)
        } _: { server in
            var open: [RawConnection] = []
            for _ in 0..<129 { open.append(try await server.connect()) }
            #expect(try await eventually { server.hub.admissions.connectionCount == 129 })
            let last = try await server.connect()
            try await last.end()
            #expect(last.unread.isEmpty)
            for connection in open + [last] { await connection.close() }
            #expect(try await eventually { server.hub.admissions.connectionCount == 0 })
        }
    }

    @Test func aConnectionThatSaysNothingToAFullServerGoesSoon() async throws {
        try await TestServer.with {
            $0.maxConnections = 0
            $0.headTimeout = .seconds(120)
        } _: { server in
            let mute = try await server.connect()
            try await mute.end()
            await mute.close()
        }
    }

    @Test(arguments: [false, true])
    func handshakesInASecond(isLater: Bool) async throws {
        try await TestServer.with {
            $0.acceptRate = 1
        } _: { server in
            var open: [RawConnection] = []
            var refused = 0
            for _ in 0..<4 {
                let connection = try await server.connect()
                open.append(connection)
                if isLater { _ = try await connection.get("/first") }
                try await connection.send(RawConnection.upgrade(token: "wrong"))
                let answer = try await connection.answer()
                guard answer.head.hasPrefix("HTTP/1.1 503") else {
                    #expect(answer.head.hasPrefix("HTTP/1.1 401"))
                    continue
                }
                #expect(try code(answer) == "busy", "before its token is looked at")
                refused += 1
            }
            #expect(refused > 0)
            let poll = try await server.connect()
            #expect(try await poll.get("/v1/sync").head.hasPrefix("HTTP/1.1 200"), "a poll is no handshake")
            for connection in open + [poll] { await connection.close() }
        }
    }

    @Test func theBucketOfHandshakesFillsAgain() {
        var settings = GatewaySettings()
        settings.acceptRate = 10
        let admissions = Admissions(settings, metrics: GatewayMetrics())
        let start = NIODeadline.now()
        #expect((0..<20).filter { _ in admissions.takeHandshake(at: start) }.count == 10)
        #expect((0..<20).filter { _ in admissions.takeHandshake(at: start + .milliseconds(250)) }.count == 2)
        #expect((0..<20).filter { _ in admissions.takeHandshake(at: start + .seconds(60)) }.count == 10)
    }

    @Test(arguments: [false, true])
    func sessionsOfOneAddress(isLater: Bool) async throws {
        try await TestServer.with {
            $0.maxPerAddress = 2
            $0.trustedProxies = [AddressRange("127.0.0.0/8")].compactMap { $0 }
        } _: { server in
            func open(_ address: String, _ request: (_ fields: [String]) -> String) async throws -> RawConnection {
                let connection = try await server.connect()
                if isLater { _ = try await connection.get("/first") }
                try await connection.send(request(["X-Forwarded-For: \(address)"]))
                return connection
            }
            let socket = try await open("1.1.1.1") { RawConnection.upgrade(fields: $0) }
            #expect(try await socket.head().hasPrefix("HTTP/1.1 101"))
            let stream = try await open("1.1.1.1") { RawConnection.request("/v1/sse", fields: $0) }
            #expect(try await stream.head().hasPrefix("HTTP/1.1 200"))
            let third = try await open("1.1.1.1") { RawConnection.upgrade(token: "slow:maria", fields: $0) }
            let answer = try await third.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 429"))
            #expect(try code(answer) == "too_many_from_address")
            let other = try await open("2.2.2.2") { RawConnection.upgrade(fields: $0) }
            #expect(try await other.head().hasPrefix("HTTP/1.1 101"))
            await stream.close()
            #expect(try await eventually { server.hub.sessionCount == 2 })
            let next = try await open("1.1.1.1") { RawConnection.request("/v1/sync", fields: $0) }
            #expect(try await next.answer().head.hasPrefix("HTTP/1.1 200"))
            for connection in [socket, third, other, next] { await connection.close() }
        }
    }

    @Test func joinsAtTheSameTimeCannotPassTheLimitOfAnAddress() async throws {
        try await TestServer.with {
            $0.maxPerAddress = 3
        } _: { server in
            var open: [RawConnection] = []
            for _ in 0..<12 {
                let connection = try await server.connect()
                // Their tokens are still being checked when the next one comes.
                try await connection.send(RawConnection.upgrade(token: "slow:maria"))
                open.append(connection)
            }
            var statuses: [String] = []
            for connection in open { statuses.append(String(try await connection.head().prefix(12))) }
            #expect(statuses.filter { $0 == "HTTP/1.1 101" }.count == 3, "\(statuses)")
            #expect(statuses.filter { $0 == "HTTP/1.1 429" }.count == 9)
            for connection in open { await connection.close() }
        }
    }
}
