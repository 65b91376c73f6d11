import PealCore
import Testing

@testable import PealGateway

/// Clients that stop in the middle: nothing grows for them, and nothing waits for them.
@Suite(.serialized, .timeLimit(.minutes(2))) struct StuckClientTests {
    private static let preflight = RawConnection.preflight("/v1/sync")
    private static let poll = RawConnection.request("/v1/sync?wait=0")
    private static let ordinary = RawConnection.request("/" + String(repeating: "a", count: 8000))

    /// Sends in the background, since a server that reads no more lets no more be sent.
    private func flood(_ connection: RawConnection, _ request: String, bytes: Int) -> Task<Void, Never> {
        let count = bytes / request.utf8.count
        return Task { try? await connection.send(String(repeating: request, count: count)) }
    }

    @Test(arguments: [preflight, poll, ordinary], [false, true])
    func aClientThatReadsNoAnswersIsClosed(request: String, isLater: Bool) async throws {
        try await TestServer.with {
            $0.writeTimeout = .milliseconds(200)
        } _: { server in
            let connection = try await server.connect(receiveBuffer: 4096)
            if isLater { _ = try await connection.get("/first") }
            try await connection.setReading(false)
            let sending = flood(connection, request, bytes: 16_000_000)
            #expect(try await eventually { await server.memberCount == 0 })
            await connection.close()
            await sending.value
        }
    }

    @Test(arguments: [false, true])
    func aClientThatReadsLateGetsEveryAnswer(isLater: Bool) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect(receiveBuffer: 4096)
            if isLater { _ = try await connection.get("/first") }
            try await connection.setReading(false)
            let page = RawConnection.request("/v1/sync?limit=200")
            for number in 0..<200 { await server.notify("maria", String(repeating: "x", count: 1000) + "\(number)") }
            let sending = flood(connection, page, bytes: 100 * page.utf8.count)
            try await Task.sleep(for: .milliseconds(300))
            try await connection.setReading(true)
            for _ in 0..<100 { #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 200 OK")) }
            await sending.value
            #expect(try await connection.get("/after").body == "ok /after")
            await connection.close()
        }
    }

    @Test func aBodyThatNeverEnds() async throws {
        try await TestServer.with {
            $0.bodyTimeout = .milliseconds(200)
        } _: { server in
            for path in ["/collect", "/v1/sync"] {
                let connection = try await server.connect()
                _ = try await connection.get("/first")
                try await connection.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
                try await connection.end()
                await connection.close()
            }
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func aStuckRequestDoesNotHoldUpTheShutdown() async throws {
        var stuck: [RawConnection] = []
        var sending: Task<Void, Never>?
        let clock = ContinuousClock()
        var began = clock.now
        var stopped: TestServer?
        try await TestServer.with(on: [.nio]) {
            $0.requestPatience = .milliseconds(300)
        } _: { server in
            let mute = try await server.connect(receiveBuffer: 4096)
            _ = try await mute.get("/first")
            try await mute.setReading(false)
            sending = flood(mute, Self.ordinary, bytes: 16_000_000)
            let half = try await server.connect()
            try await half.send(
                "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await half.head() == "HTTP/1.1 100 Continue\r\n\r\n")
            try await half.send("x")
            stuck = [mute, half]
            stopped = server
            try await Task.sleep(for: .milliseconds(500))
            #expect(await server.memberCount == 2)
            began = clock.now
        }
        #expect(clock.now - began < .seconds(5))
        #expect(stopped?.metric(#"connection_timeouts_total{reason="patience"}"#) == 2)
        for connection in stuck { await connection.close() }
        await sending?.value
    }
}
