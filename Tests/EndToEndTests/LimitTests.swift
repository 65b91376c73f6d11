import Foundation
import NIOHTTP1
import PealCore
import Testing

/// Every bound of docs/operations.md is passed on a real server, and its metrics say so.
@Suite(.serialized, .timeLimit(.minutes(3))) struct LimitTests {
    /// The series of a server by their text; empty once it has ended.
    private func metrics(_ server: ServerProcess) async -> [String: Double] {
        guard let page = try? await HTTP.get("http://127.0.0.1:\(server.metricsPort)/metrics") else { return [:] }
        var values: [String: Double] = [:]
        for line in page.body.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return values
    }

    /// Waits until each of the reasons has been counted.
    private func expect(
        _ name: String, _ reasons: [String], _ server: ServerProcess, at location: SourceLocation = #_sourceLocation
    ) async throws {
        for reason in reasons {
            let series = "\(name){reason=\"\(reason)\"}"
            let isCounted = try await eventually { await metrics(server)[series, default: 0] > 0 }
            #expect(isCounted, "\(series)", sourceLocation: location)
        }
    }

    private func forwarded(_ address: String) -> String { "X-Forwarded-For: \(address)\r\n" }

    /// Opens a WebSocket on a connection of its own, and waits for the answer.
    private func open(_ server: ServerProcess, token: String, fields: String = "") async throws -> PlainConnection {
        let connection = try await PlainConnection.open(port: server.port)
        try await connection.send(PlainConnection.upgrade(token: token, fields: fields))
        #expect(try await eventually { connection.text.contains("\r\n\r\n") })
        return connection
    }

    @Test func whoIsNotLetIn() async throws {
        let arguments = [
            "--http-trusted-proxies", "127.0.0.1", "--session-max-per-address", "1", "--session-max", "2",
            "--http-max-connections", "30",
        ]
        try await ServerProcess.with(arguments) { server in
            let token = try await server.token(for: "maria")
            var all: [PlainConnection] = []
            for (address, status, code) in [
                ("203.0.113.1", "101", ""), ("203.0.113.1", "429", "too_many_from_address"), ("203.0.113.2", "101", ""),
                ("203.0.113.3", "503", "too_many_sessions"),
            ] {
                let connection = try await open(server, token: token, fields: forwarded(address))
                #expect(connection.text.hasPrefix("HTTP/1.1 \(status) "), "\(connection.text)")
                #expect(status == "101" || connection.text.contains(code))
                all.append(connection)
            }
            // Those that were refused may count for a moment yet, so it is not known which one is the first too many.
            var last = ""
            for _ in 0..<40 where !last.contains("server_full") {
                let connection = try await PlainConnection.open(port: server.port)
                all.append(connection)
                try await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await eventually { connection.text.contains("\r\n\r\n") })
                last = connection.text
            }
            #expect(last.hasPrefix("HTTP/1.1 503 ") && last.contains("Retry-After: "), "\(last)")
            #expect(last.contains("server_full"))
            try await expect("gateway_refusals_total", ["address", "sessions", "connections"], server)
            for connection in all { await connection.close() }
        }
    }

    @Test func whoComesTooFast() async throws {
        try await ServerProcess.with(["--session-accept-rate", "1"]) { server in
            let token = try await server.token(for: "maria")
            var all: [PlainConnection] = []
            for _ in 0..<4 { all.append(try await open(server, token: token)) }
            #expect(all.contains { $0.text.hasPrefix("HTTP/1.1 503 ") && $0.text.contains("\"busy\"") })
            try await expect("gateway_refusals_total", ["rate"], server)
            for connection in all { await connection.close() }
        }
    }

    @Test func whoComesWhileItStops() async throws {
        let arguments = ["--drain-delay", "3s", "--drain-duration", "4s"]
        try await ServerProcess.with(arguments) { server in
            let token = try await server.token(for: "maria")
            var sessions: [PlainConnection] = []
            for _ in 0..<4 { sessions.append(try await open(server, token: token)) }
            async let status = server.terminate()
            var refused: PlainConnection?
            while refused == nil {
                let connection = try await open(server, token: token)
                if connection.text.hasPrefix("HTTP/1.1 503 ") {
                    refused = connection
                } else {
                    sessions.append(connection)
                }
            }
            #expect(refused?.text.contains(#""code":"draining""#) == true)
            try await expect("gateway_refusals_total", ["draining"], server)
            try await expect("session_closings_total", ["drained"], server)
            #expect(await status == 0)
            for connection in sessions { await connection.close() }
        }
    }

    @Test func sessionsThatBreakTheRules() async throws {
        let arguments = [
            "--session-max-message-bytes", "1KiB", "--session-max-per-user", "2", "--session-expiry-grace", "0s",
            "--auth-jwt-leeway", "0s", "--session-ping-interval", "1s", "--session-pong-timeout", "5s",
        ]
        try await ServerProcess.with(arguments) { server in
            let large = WebSocketStream.frame(opcode: 1, [UInt8](repeating: 0x61, count: 2000))
            for (user, frame) in [
                ("large", large), ("binary", WebSocketStream.frame(opcode: 2, [1])), ("unmasked", [0x81, 0x01, 0x61]),
                ("silent", []),
            ] {
                let connection = try await open(server, token: try await server.token(for: user))
                try await connection.send(frame)
                #expect(try await eventually { connection.isClosed }, "\(user)")
            }
            let short = try await open(server, token: try await server.token(for: "short", "--expires", "3s"))
            var three: [PlainConnection] = []
            let maria = try await server.token(for: "maria")
            for _ in 0..<3 { three.append(try await open(server, token: maria)) }
            let revoked = try await open(server, token: try await server.token(for: "ana"))
            let answer = try await HTTP.post(
                "\(server.base)/v1/users/ana/revoke", headers: .bearer(try await server.apiKey()))
            #expect(answer.status == 200)
            #expect(try await eventually { short.isClosed && revoked.isClosed })
            try await expect(
                "session_closings_total",
                [
                    "message_too_big", "violation", "protocol_error", "no_pong", "token_expired",
                    "too_many_connections", "revoked",
                ], server)
            for connection in three { await connection.close() }
        }
    }

    @Test func sessionsThatSayTooMuchOrReadNothing() async throws {
        let arguments = [
            "--session-rate", "10", "--session-burst", "10", "--session-byte-rate", "2KiB",
            "--session-flood-patience", "1s", "--session-write-timeout", "1s", "--session-queue-bytes", "16KiB",
        ]
        try await ServerProcess.with(arguments) { server in
            let many = try await open(server, token: try await server.token(for: "many"))
            let ping = WebSocketStream.frame(opcode: 1, Array("ping".utf8))
            let messages = Task { for _ in 0..<3000 { try? await many.send(ping) } }
            let heavy = try await open(server, token: try await server.token(for: "heavy"))
            let command = #"{"type":"ping","id":"x"}"# + String(repeating: " ", count: 7000)
            let bytes = Task {
                for _ in 0..<20 { try? await heavy.send(WebSocketStream.frame(opcode: 1, Array(command.utf8))) }
            }
            let mute = try await PlainConnection.open(port: server.port, receiveBuffer: 4096)
            try await mute.send(PlainConnection.upgrade(token: try await server.token(for: "maria")))
            #expect(try await eventually { mute.text.contains("initial_load") })
            try await mute.setReading(false)
            let message = String(repeating: "x", count: 4000)
            let writing = Task {
                while !Task.isCancelled {
                    try await server.notify(#"{"user_id":"maria","type":"news","message":"\#(message)"}"#)
                }
            }
            try await expect("session_throttles_total", ["messages", "bytes"], server)
            try await expect("session_closings_total", ["rate_limited", "not_reading"], server)
            writing.cancel()
            _ = await writing.result
            #expect(await metrics(server)["session_overflows_total", default: 0] > 0)
            for connection in [many, heavy, mute] { await connection.close() }
            await messages.value
            await bytes.value
        }
    }

    @Test func connectionsThatAreTooSlow() async throws {
        let arguments = [
            "--http-head-timeout", "500ms", "--http-body-timeout", "500ms", "--http-idle-timeout", "4s",
            "--session-write-timeout", "500ms",
        ]
        try await ServerProcess.with(arguments) { server in
            let silent = try await PlainConnection.open(port: server.port)
            let slow = try await PlainConnection.open(port: server.port)
            try await slow.send("GET / HTTP/1.1\r\nHost:")
            let half = try await PlainConnection.open(port: server.port)
            let head =
                "POST /v1/notifications HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(try await server.apiKey())\r\n"
            try await half.send(head + "Content-Length: 100\r\n\r\n{")
            let idle = try await PlainConnection.open(port: server.port)
            try await idle.send("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
            let mute = try await PlainConnection.open(port: server.port, receiveBuffer: 4096)
            try await mute.setReading(false)
            let request = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
            let flood = Task { try? await mute.send(String(repeating: request, count: 2000)) }
            try await expect("connection_timeouts_total", ["head", "body", "idle", "write"], server)
            #expect(try await eventually { silent.isClosed && slow.isClosed && half.isClosed && idle.isClosed })
            await mute.close()
            await flood.value
        }
    }

    /// What is set on the command line is what a client meets.
    @Test func settingsReachTheirPlace() async throws {
        let arguments = [
            "--session-sse-retry", "7s", "--session-sse-heartbeat", "1s", "--session-long-poll-wait", "1s",
            "--session-long-poll-max-wait", "2s", "--http-origins", "https://app.example", "--auth-cookie", "session",
            "--session-compression", "--session-dialect", "inbox", "--auth-refusal", "close",
            "--gateway-transport", "nio",
        ]
        try await ServerProcess.with(arguments) { server in
            let token = try await server.token(for: "maria")
            let stream = try await PlainConnection.open(port: server.port)
            try await stream.send("GET /v1/sse HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
            #expect(try await eventually { stream.text.contains("event: ping\n") })
            #expect(stream.text.contains("retry: 7000\n"))
            let start = try await HTTP.get("\(server.base)/v1/sync", headers: .bearer(token)).json()
            let cursor = start["cursor"]?.string ?? ""
            for (query, least, most) in [("", 1, 2), ("&wait=50", 2, 4)] {
                let began = ContinuousClock.now
                let poll = try await HTTP.get("\(server.base)/v1/sync?since=\(cursor)\(query)", headers: .bearer(token))
                #expect(poll.status == 204)
                let waited = ContinuousClock.now - began
                #expect(waited >= .seconds(least) && waited < .seconds(most) + .seconds(2), "\(waited)")
            }
            let foreign = try await open(server, token: token, fields: "Origin: https://evil.example\r\n")
            #expect(foreign.text.hasPrefix("HTTP/1.1 403 "))
            let listed = try await HTTP.get(
                "\(server.base)/v1/sync", headers: ["Cookie": "session=\(token)", "Origin": "https://app.example"])
            #expect(listed.status == 200)
            let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
            let socket = try await open(server, token: token, fields: offer)
            #expect(socket.text.contains("Sec-WebSocket-Extensions: permessage-deflate; "))
            let refused = try await open(server, token: "bad")
            #expect(refused.text.hasPrefix("HTTP/1.1 101 "), "and closed with 1008 behind it")
            #expect(await metrics(server)[#"session_transport{name="nio"}"#] == 1)
            let page = try await HTTP.get("http://127.0.0.1:\(server.metricsPort)/metrics").body
            #expect(page.contains("# HELP session_transport 1 for what carries sessions"))
            for connection in [stream, foreign, socket, refused] { await connection.close() }
        }
    }
}
