import Foundation
import PealCore
import Testing

/// Programs that know nothing of Peal reach users through a real Redis server.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ForeignTests {
    /// - Parameter redisArguments: of the server.
    private func with(
        _ arguments: [String] = [], redisArguments: [String] = [], url: String = "redis://127.0.0.1",
        _ body: (ServerProcess, RedisServer, _ token: String) async throws -> Void
    ) async throws {
        try await RedisServer.with(redisArguments) { redis in
            try await ServerProcess.with(["--bus-url", "\(url):\(redis.port)"] + arguments) { server in
                try await body(server, redis, try await server.token(for: "u42"))
            }
        }
    }

    /// Until the server listens.
    private func publish(
        _ message: String, to channel: String, on redis: RedisServer, password: String? = nil
    ) async throws {
        #expect(try await eventually { try await redis.publish(message, to: channel, password: password) == 1 })
    }

    private static let newMessage =
        #"{"type":"new_message", "message_id":"m1","sender_id":"bob","timestamp":1700000000123}"#

    @Test(arguments: ["peal", "chat"]) func whatIsPublishedReachesTheUserAsItIs(dialect: String) async throws {
        try await with(["--session-dialect", dialect]) { (server, redis, token) async throws in
            try await WebSocketStream.with(.port(server.port), token: token) {
                stream in
                if dialect == "peal" { _ = try await stream.next(type: "initial_load") }
                try await publish(Self.newMessage, to: "notifications:u42", on: redis)
                let message = try await stream.next()
                #expect(message == .text(Self.newMessage))
                // Nobody else's, and not stored.
                try await redis.publish(#"{"type":"other"}"#, to: "notifications:u43")
                try await redis.publish(#"{"type":"mine","seq":9,"cursor":"x"}"#, to: "notifications:u42")
                #expect(try await stream.next() == .text(#"{"type":"mine"}"#))
            }
            let list = try await HTTP.get("\(server.base)/v1/notifications", headers: .bearer(token)).json()
            #expect(list["unread_count"]?.integer == 0)
            let metrics = try await server.metrics()
            #expect(metrics[#"redis_events_consumed_total{source="foreign"}"#] == 3)
        }
    }

    @Test func anEventStreamGetsItToo() async throws {
        try await with { (server, redis, token) async throws in
            async let events = ServerSentEvents.first(2, port: server.port, path: "/sse/notifications", token: token)
            _ = try await server.metrics { $0["sse_connections_active"] == 1 }
            try await publish("{\"type\":\"new_message\",\n\"n\":1.50}", to: "notifications:u42", on: redis)
            let last = try await events.last
            #expect(last?.event == "new_message")
            #expect(last?.data == #"{"type":"new_message","n":1.50}"#)
        }
    }

    @Test func whatIsToPersistIsAnEvent() async throws {
        try await with { (server, redis, token) async throws in
            try await WebSocketStream.with(.port(server.port), token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                try await publish(
                    #"{"type":"new_message","persist":true,"message_id":"m1","sender_id":"bob","conversation_id":"c1","content":"Oi!"}"#,
                    to: "notifications:u42", on: redis)
                let frame = try await stream.next(type: "notification")
                let row = frame?["data"]
                #expect(frame?["unread_count"]?.integer == 1)
                #expect(row?["type"]?.string == "new_message" && row?["message"]?.string == "Oi!")
                #expect(row?["actor_id"]?.string == "bob" && row?["target_id"]?.string == "c1")
                #expect(row?["metadata"]?["message_id"]?.string == "m1")
            }
            let list = try await HTTP.get("\(server.base)/v1/notifications", headers: .bearer(token)).json()
            #expect(list["unread_count"]?.integer == 1)
        }
    }

    @Test func envelopesAreTaken() async throws {
        try await with { (server, redis, token) async throws in
            try await WebSocketStream.with(.port(server.port), token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                try await publish(
                    #"{"user_id":"u42","notification":{"id":7,"message":"João curtiu"}}"#, to: "notifications",
                    on: redis)
                #expect(
                    try await stream.next()
                        == .text(#"{"type":"new_notification","notification":{"id":7,"message":"João curtiu"}}"#))
                try await redis.publish(
                    #"{"user_id":"u42","persist":true,"notification":{"type":"like","message":"kept"}}"#,
                    to: "notifications")
                #expect(try await stream.next(type: "notification")?["data"]?["message"]?.string == "kept")
            }
        }
    }

    /// What cannot be taken is counted, and nothing else suffers.
    @Test func nonsenseIsRefused() async throws {
        try await with(["--bus-foreign-max-bytes", "1024"]) { (server, redis, token) async throws in
            try await WebSocketStream.with(.port(server.port), token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                try await publish("no JSON", to: "notifications:u42", on: redis)
                for message in [
                    "[1]", #"{"type":"notification","unread_count":99}"#, #"{"type":7}"#,
                    #"{"text":"\#(String(repeating: "x", count: 2000))"}"#, #"{"persist":true}"#, #"{"persist":"yes"}"#,
                    #"{"persist":true,"type":"like","user_id":"someone-else"}"#,
                ] {
                    try await redis.publish(message, to: "notifications:u42")
                }
                try await redis.publish(#"{"user_id":"u42"}"#, to: "notifications")
                try await redis.publish(#"{"type":"fine"}"#, to: "notifications:u42")
                #expect(try await stream.next() == .text(#"{"type":"fine"}"#))
            }
            let metrics = try await server.metrics()
            func refused(_ reason: String) -> Double? {
                metrics[#"foreign_messages_refused_total{reason="\#(reason)"}"#]
            }
            #expect(refused("not_json") == 2)
            #expect(refused("own_type") == 1)
            #expect(refused("too_long") == 1)
            #expect(refused("invalid") == 5)
            #expect(metrics["notifications_created_total"] ?? 0 == 0)
        }
    }

    /// One server with a password, which answers in the older version of the protocol; and one that dies.
    @Test func anOlderServerWithAPasswordThatDies() async throws {
        let arguments = ["--requirepass", "s:cret/1", "--rename-command", "HELLO", ""]
        try await with(redisArguments: arguments, url: "redis://:s%3Acret%2F1@127.0.0.1") {
            (server, redis, token) async throws in
            try await WebSocketStream.with(.port(server.port), token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                try await publish(#"{"type":"before"}"#, to: "notifications:u42", on: redis, password: "s:cret/1")
                #expect(try await stream.next() == .text(#"{"type":"before"}"#))
                await redis.kill()
                try await server.notify(#"{"user_id":"u42","type":"news","message":"all the same"}"#)
                #expect(try await stream.next(type: "notification") != nil)
                try await redis.start()
                try await publish(#"{"type":"after"}"#, to: "notifications:u42", on: redis, password: "s:cret/1")
                #expect(try await stream.next() == .text(#"{"type":"after"}"#))
            }
            let log = try String(contentsOf: server.log, encoding: .utf8)
            #expect(log.contains("Redis is connected") && log.contains("The connection to Redis was lost"))
            #expect(!log.contains("cret"))
        }
    }

    @Test func overTLSOnlyWithTheRightAuthority() async throws {
        let certificate = try await CertificateFiles()
        let arguments = [
            "--tls-cert-file", certificate.certificate, "--tls-key-file", certificate.key,
            "--tls-auth-clients", "no",
        ]
        let tlsPort = try FreePort.next()
        try await RedisServer.with(arguments + ["--tls-port", "\(tlsPort)"]) { redis in
            let url = ["--bus-url", "rediss://localhost:\(tlsPort)"]
            try await ServerProcess.with(url + ["--bus-ca", certificate.certificate]) { server in
                try await WebSocketStream.with(port: server.port, token: try await server.token(for: "u42")) { stream in
                    _ = try await stream.next(type: "initial_load")
                    try await publish(#"{"type":"safe"}"#, to: "notifications:u42", on: redis)
                    #expect(try await stream.next() == .text(#"{"type":"safe"}"#))
                }
            }
            try await ServerProcess.with(url) { server in
                let isRefused = try await eventually {
                    try String(contentsOf: server.log, encoding: .utf8).contains("CERTIFICATE_VERIFY_FAILED")
                }
                #expect(isRefused)
                #expect(try await redis.publish("{}", to: "notifications:u42") == 0)
            }
        }
    }

    /// Another Peal is the program with a gateway of its own.
    @Test func newNotificationsAreMirrored() async throws {
        try await RedisServer.with { redis in
            let url = "redis://127.0.0.1:\(redis.port)"
            let first = ["--bus-url", url, "--publish-redis-channel", "outwards"]
            try await ServerProcess.with(first) { server in
                let heard = try RedisListener(port: redis.port, channel: "outwards")
                #expect(try await eventually { try await redis.run(["PUBSUB", "NUMSUB", "outwards"]).hasSuffix("1") })
                _ = try await server.metrics { $0["redis_events_mirrored_total"] != nil }
                for number in 1...3 {
                    try await server.notify(#"{"user_id":"u42","type":"news","message":"\#(number)"}"#)
                }
                #expect(try await eventually { heard.text.contains(#""message":"3""#) })
                let texts = heard.text.split(separator: "\n").filter { $0.hasPrefix("{") }
                let envelopes = try texts.map { try JSON.parse($0.utf8) }
                #expect(envelopes.map { $0["notification"]?["message"]?.string } == ["1", "2", "3"])
                #expect(envelopes.allSatisfy { $0["user_id"]?.string == "u42" })
                heard.end()
                let metrics = try await server.metrics { $0["redis_events_mirrored_total"] == 3 }
                #expect(metrics["redis_events_mirrored_total"] == 3)
            }
        }
    }

    @Test func wrongSettingsAreRefused() async throws {
        for (arguments, words) in [
            (["--bus-url", "redis:/x"], "bus.url"), (["--bus-url", "redis+cluster://a"], "not built yet"),
            (["--publish-redis-channel", "x"], "needs a Redis server"),
            (["--bus-url", "redis://a", "--publish-redis-channel", "notifications"], "itself listens"),
        ] {
            let output = try await PealBinary.run(["config"] + arguments)
            #expect(output.status != 0 && output.standardError.contains(words), "\(output.standardError)")
        }
        let shown = try await PealBinary.run(["config", "--bus-url", "redis://:squirrel@a"])
        #expect(shown.status == 0 && !shown.standardOutput.contains("squirrel"))
    }
}

/// Listens with the program that comes with the server.
private struct RedisListener {
    private let process: Process
    private let output: URL

    init(port: Int, channel: String) throws {
        output = try temporaryFolder().appending(path: "heard")
        process = try Program.start("redis-cli", ["-p", "\(port)", "SUBSCRIBE", channel], output: output)
    }

    var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    func end() {
        process.terminate()
        try? FileManager.default.removeItem(at: output.deletingLastPathComponent())
    }
}
