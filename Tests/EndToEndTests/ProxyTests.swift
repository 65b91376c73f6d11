import Foundation
import PealCore
import Testing

/// Real proxies, which buffer by default and keep their connections to the server.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProxyTests {
    private func with(
        _ kind: ReverseProxy.Kind, _ body: (ServerProcess, ReverseProxy, _ token: String) async throws -> Void
    ) async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            try await ReverseProxy.with(kind, before: server) { try await body(server, $0, token) }
        }
    }

    /// Leaves the proxy with connections to the server that wait for their next request.
    private func warm(_ server: ServerProcess, _ proxy: ReverseProxy, token: String) async throws -> Int {
        for _ in 0..<3 {
            let answer = try await HTTP.get(
                "http://127.0.0.1:\(proxy.port)/v1/notifications", headers: .bearer(token))
            try #require(answer.status == 200)
        }
        // That of the readiness probe in the test's own client is none of the proxy's.
        return try Connections.count(toPort: server.port)
    }

    @Test(arguments: ReverseProxy.Kind.allCases, [false, true])
    func aWebSocket(kind: ReverseProxy.Kind, isLater: Bool) async throws {
        try await with(kind) { (server, proxy, token) async throws in
            let before = isLater ? try await warm(server, proxy, token: token) : 0
            try await WebSocketStream.with(.port(proxy.port), token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                if isLater {
                    #expect(try Connections.count(toPort: server.port) <= before, "a kept connection was taken")
                }
                try await server.notify(#"{"user_id":"maria","type":"news","message":"live"}"#)
                let live = try await stream.next(type: "notification")
                #expect(live?["data"]?["message"]?.string == "live")
                try await stream.send(#"{"type":"mark_all_read","id":1}"#)
                #expect(try await stream.next(type: "marked_all_read")?["unread_count"]?.integer == 0)
            }
        }
    }

    @Test(arguments: ReverseProxy.Kind.allCases, [false, true])
    func eventsAreNotHeldBack(kind: ReverseProxy.Kind, isLater: Bool) async throws {
        try await with(kind) { (server, proxy, token) async throws in
            if isLater { _ = try await warm(server, proxy, token: token) }
            async let events = ServerSentEvents.first(4, port: proxy.port, path: "/sse/notifications", token: token)
            let metrics = "http://127.0.0.1:\(server.metricsPort)/metrics"
            #expect(try await eventually { try await HTTP.get(metrics).body.contains("sse_connections_active 1") })
            for number in 1...3 {
                try await server.notify(#"{"user_id":"maria","type":"news","message":"\#(number)"}"#)
            }
            #expect(try await events.map(\.event) == ["initial_load", "notification", "notification", "notification"])
        }
    }

    @Test(arguments: ReverseProxy.Kind.allCases)
    func aLongPollThenMoreRequests(kind: ReverseProxy.Kind) async throws {
        try await with(kind) { (server, proxy, token) async throws in
            let base = "http://127.0.0.1:\(proxy.port)"
            let start = try await HTTP.get("\(base)/v1/sync", headers: .bearer(token)).json()["cursor"]?.string ?? ""
            async let poll = HTTP.get("\(base)/v1/sync?since=\(start)&wait=10", headers: .bearer(token))
            let metrics = "http://127.0.0.1:\(server.metricsPort)/metrics"
            #expect(try await eventually { try await HTTP.get(metrics).body.contains("longpoll_waiting 1") })
            try await server.notify(#"{"user_id":"maria","type":"news","message":"polled"}"#)
            #expect(try await poll.json()["changes"]?.array?.first?["message"]?.string == "polled")
            #expect(try await HTTP.get("\(base)/v1/notifications", headers: .bearer(token)).status == 200)
        }
    }

    @Test(arguments: ReverseProxy.Kind.allCases)
    func throughAUnixSocket(kind: ReverseProxy.Kind) async throws {
        let path = "/tmp/peal-\(UUID().uuidString).sock"
        // nginx gives its rights away before it connects.
        // The proxy is this machine's, and so is the client before it.
        let arguments = [
            "--http-socket", path, "--http-socket-mode", "0666", "--http-trusted-proxies", "127.0.0.1",
            "--session-max-per-address", "1",
        ]
        try await ServerProcess.with(arguments) { server in
            let token = try await server.token(for: "maria")
            try await ReverseProxy.with(kind, before: server, socket: path) { proxy in
                let url = "http://127.0.0.1:\(proxy.port)/v1/notifications"
                #expect(try await HTTP.get(url, headers: .bearer(token)).status == 200)
                try await WebSocketStream.with(.port(proxy.port), token: token) { stream in
                    _ = try await stream.next(type: "initial_load")
                    try await server.notify(#"{"user_id":"maria","type":"news"}"#)
                    let live = try await stream.next(type: "notification")
                    #expect(live != nil)
                }
                try await expectOneSessionOfAnAddress(proxy, token: token)
            }
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// What a client says about itself is behind what the proxy says about the client.
    @Test(arguments: ReverseProxy.Kind.allCases)
    func clientsAreCountedWhereTheyAre(kind: ReverseProxy.Kind) async throws {
        let arguments = ["--http-trusted-proxies", "127.0.0.1", "--session-max-per-address", "1"]
        try await ServerProcess.with(arguments) { server in
            let token = try await server.token(for: "maria")
            try await ReverseProxy.with(kind, before: server) { proxy in
                try await expectOneSessionOfAnAddress(proxy, token: token)
            }
        }
    }

    /// The proxy is trusted and so is this machine, from which the test comes: the address before counts.
    private func expectOneSessionOfAnAddress(_ proxy: ReverseProxy, token: String) async throws {
        @Sendable func status(_ address: String) async throws -> Int {
            do {
                return try await WebSocketStream.with(
                    .port(proxy.port), token: token, headers: "X-Forwarded-For: \(address)\r\n"
                ) { _ in 101 }
            } catch let refused as WebSocketStream.Refused {
                return refused.head.contains(" 429 ") ? 429 : 0
            }
        }
        try await WebSocketStream.with(
            .port(proxy.port), token: token, headers: "X-Forwarded-For: 203.0.113.7\r\n"
        ) { stream in
            _ = try await stream.next(type: "initial_load")
            #expect(try await status("203.0.113.7") == 429)
            #expect(try await status("203.0.113.8") == 101)
        }
    }

    /// RULES 40.
    @Test(arguments: ReverseProxy.Kind.allCases)
    func tokensInTheQueryAreNotLogged(kind: ReverseProxy.Kind) async throws {
        try await with(kind) { (server, proxy, token) async throws in
            let url = "http://127.0.0.1:\(proxy.port)/v1/notifications?token=\(token)"
            #expect(try await HTTP.get(url).status == 200)
            await server.kill()
            #expect(try await HTTP.get(url).status >= 500)
            #expect(try await eventually { proxy.logged.split(separator: "/v1/notifications").count > 2 })
            #expect(!proxy.everythingWritten.contains(token), "\(proxy.everythingWritten)")
        }
    }
}
