import Foundation
import NIOHTTP1
import PealCore
import Testing

/// RULES 35 on a real process: what happens between SIGTERM and its end, in that order.
@Suite(.serialized) struct DrainTests {
    @Test func firstNotReadyThenSessionsThenHTTPThenTheStore() async throws {
        let server = try ServerProcess([
            "--drain-delay", "6s", "--drain-duration", "500ms", "--drain-reconnect-delay", "3s",
            "--drain-reconnect-spread", "2s",
        ])
        try await server.start()
        let token = try await server.token(for: "maria")
        let clock = ContinuousClock()
        let status: Int32 = try await WebSocketStream.with(port: server.port, token: token) { stream in
            _ = try await stream.next(type: "initial_load")
            let asked = clock.now
            async let ended = server.terminate()
            while try await HTTP.get("\(server.base)/health/ready").status == 200 {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try await HTTP.get("\(server.base)/health/ready").body.contains("draining"))
            #expect(try await HTTP.get("\(server.base)/health/live").status == 200)
            do {
                _ = try await WebSocketStream.with(port: server.port, token: token) { _ in
                    Issue.record("a session was let in")
                }
            } catch let refused as WebSocketStream.Refused {
                #expect(refused.head.hasPrefix("HTTP/1.1 503"))
                let seconds = refused.head.lowercased().split(separator: "\r\n")
                    .first { $0.hasPrefix("retry-after: ") }.flatMap { Int($0.dropFirst(13)) }
                #expect((3...5).contains(seconds ?? 0), "as long as the restart may take")
            }
            let poll = try await HTTP.get("\(server.base)/v1/sync", headers: .bearer(token))
            #expect(poll.status == 503)
            try await server.notify(#"{"user_id":"maria","type":"news","message":"while draining"}"#)
            let live = try await stream.next(type: "notification")
            #expect(live?["data"]?["message"]?.string == "while draining", "sessions go on meanwhile")
            #expect(clock.now - asked < .seconds(6), "the machine is too slow for this test to say anything")

            var close: (code: Int, reason: String)?
            while close == nil, let message = try await stream.next() {
                if case .close(let code, let reason) = message { close = (code, reason) }
            }
            #expect(clock.now - asked >= .seconds(6))
            #expect(close?.code == 1001)
            let delay = try JSON.parse((close?.reason ?? "").utf8)["reconnect_after_ms"]?.integer ?? 0
            #expect((3000...5000).contains(delay))
            let status = await ended
            #expect(clock.now - asked < .milliseconds(6500) + .seconds(10), "within its limit")
            return status
        }
        #expect(status == 0)
        try await server.start()
        let page = try await HTTP.get("\(server.base)/v1/notifications", headers: .bearer(token))
        #expect(page.body.contains("while draining"), "what was acknowledged is there")
        #expect(await server.terminate() == 0)
        try FileManager.default.removeItem(at: server.folder)
    }

    /// Clients that neither read nor finish their requests do not hold it up for longer than the patience.
    @Test func aStuckClientDoesNotHoldItUp() async throws {
        let server = try ServerProcess(["--drain-duration", "100ms", "--http-request-patience", "1s"])
        try await server.start()
        let token = try await server.token(for: "maria")
        try await WebSocketStream.with(port: server.port, token: token) { stream in
            // In the middle of a frame, and then nothing more.
            try await stream.send(raw: [0x81, 0xFE, 0x01])
            let post = Task {
                try? await HTTP.send(
                    .POST, "\(server.base)/v1/notifications", headers: ["Content-Length": "1000"], body: "{")
            }
            let clock = ContinuousClock()
            let asked = clock.now
            #expect(await server.terminate() == 0)
            #expect(clock.now - asked < .seconds(8))
            post.cancel()
        }
        try FileManager.default.removeItem(at: server.folder)
    }

    @Test func whoComesBackToARestartedServerCostsNoRowRead() async throws {
        let server = try ServerProcess(["--drain-duration", "0s"])
        try await server.start()
        let token = try await server.token(for: "maria")
        try await server.notify(#"{"user_id":"maria","type":"news","message":"x"}"#)
        func visit(since: String?) async throws -> JSON? {
            try await WebSocketStream.with(port: server.port, token: token, since: since) { stream in
                try await stream.next(type: since == nil ? "initial_load" : "sync")
            }
        }
        let cursor = try #require(try await visit(since: nil)?["cursor"]?.string)
        #expect(await server.terminate() == 0)
        try await server.start()
        for _ in 0..<3 {
            let sync = try await visit(since: cursor)
            #expect(sync?["changes"]?.array == [] && sync?["unread_count"]?.integer == 1)
        }
        let metrics = try await HTTP.get("http://127.0.0.1:\(server.metricsPort)/metrics").body.split(separator: "\n")
        #expect(metrics.contains(#"session_store_reads_total{kind="returns"} 1"#), "the first asks for the head")
        #expect(metrics.contains(#"session_returns_total{answered_from="memory"} 2"#), "the others need not")
        #expect(metrics.contains(#"session_store_reads_total{kind="changes"} 0"#))
        #expect(metrics.contains(#"session_store_reads_total{kind="page"} 0"#))
        #expect(await server.terminate() == 0)
        try FileManager.default.removeItem(at: server.folder)
    }
}
