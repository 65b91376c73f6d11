import NIOCore
import NIOHTTP1
import PealCore
import Testing

/// The metrics that operators and the requirement documents ask for by name, after a little of everything.
@Suite struct MetricsTests {
    @Test(.timeLimit(.minutes(1))) func theyCountWhatHappens() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            let start = try await HTTP.get("\(server.base)/v1/sync", headers: .bearer(token)).json()
            let cursor = try #require(start["cursor"]?.string)
            let before = try await server.metrics()
            #expect(before["notifications_sent_total"] == 0, "a first page counts nothing")

            try await WebSocketStream.with(port: server.port, token: token) { one in
                _ = try await one.next(type: "initial_load")
                try await Self.beside(server, token: token, since: cursor)
                _ = try await one.next(type: "notification")
            }

            let after = try await server.metrics { $0["websocket_connections_active"] == 0 }
            func grown(_ name: String) -> Double { (after[name] ?? -1) - (before[name] ?? 0) }
            #expect(after["websocket_connections_active"] == 0)
            #expect(grown("notifications_sent_total") == 4, "two WebSockets, an event stream and a long poll")
            let times = grown("commit_to_socket_seconds_count")
            #expect(2...4 ~= times, "one for the sessions that a loop serves in one turn, and one for the long poll")
            #expect(grown("commit_to_socket_seconds_sum") > 0 && grown("commit_to_socket_seconds_sum") < 4)
            #expect(grown(#"websocket_connection_errors_total{type="auth"}"#) == 1)
            #expect(grown("connection_errors_total") == 1)
            // Whatever a batch holds besides, the notification was in one.
            #expect(grown("store_commit_seconds_count") >= 1 && grown("store_commit_seconds_sum") > 0)
            #expect(grown("store_batch_size_count") == grown("store_commit_seconds_count"))
            #expect(grown("store_batch_size_sum") >= 1)
            #expect(grown("notifications_created_total") == 1)

            // A client that comes back is handed what it missed.
            _ = try await WebSocketStream.with(port: server.port, token: token, since: cursor) { stream in
                try await stream.next(type: "sync")
            }
            let later = try await server.metrics { $0["notifications_sent_total"] == 5 }
            #expect(later["notifications_sent_total"] == 5)
        }
    }

    /// One more WebSocket, an event stream and a long poll of the same user, and one that is not let in; then a notification.
    private static func beside(_ server: ServerProcess, token: String, since cursor: String) async throws {
        async let events = ServerSentEvents.first(
            2, port: server.port, path: "/sse/notifications", token: token, within: .seconds(30))
        async let poll = HTTP.get("\(server.base)/v1/sync?since=\(cursor)&wait=20", headers: .bearer(token))
        await #expect(throws: WebSocketStream.Refused.self) {
            try await WebSocketStream.with(port: server.port, token: "not-a-token") { _ in }
        }
        try await WebSocketStream.with(port: server.port, token: token) { two in
            _ = try await two.next(type: "initial_load")
            let here = ["websocket_connections_active": 2.0, "sse_connections_active": 1, "longpoll_waiting": 1]
            let during = try await server.metrics { values in here.allSatisfy { values[$0.key] == $0.value } }
            for (name, count) in here { #expect(during[name] == count, "\(name)") }
            try await server.notify(#"{"user_id":"maria","type":"news","message":"x"}"#)
            _ = try await two.next(type: "notification")
        }
        #expect(try await events.map(\.event) == ["initial_load", "notification"])
        #expect(try await poll.json()["changes"]?.array?.count == 1)
    }
}
