import Foundation
import PealCore
import Testing

/// A server whose file descriptors run out: it refuses or leaves waiting who is too many, and recovers.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DescriptorTests {
    private static let limit = 300

    private func descriptors(of process: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }

    private func open(_ count: Int, _ server: ServerProcess, _ token: String) async throws -> [PlainConnection] {
        var all: [PlainConnection] = []
        for _ in 0..<count {
            let connection = try await PlainConnection.open(port: server.port)
            try await connection.send(PlainConnection.upgrade(token: token))
            all.append(connection)
        }
        return all
    }

    /// - Parameter arguments: with the limits on connections raised, the system is the first to refuse.
    @Test(arguments: [[], ["--http-max-connections", "10000", "--session-max", "10000"]], ["reactor", "nio"])
    func allOfThemAreUsedUp(arguments: [String], transport: String) async throws {
        let server = try ServerProcess(
            arguments + ["--gateway-transport", transport, "--session-max-per-user", "1000"],
            under: ["prlimit", "--nofile=\(Self.limit)"])
        try await server.start()
        let token = try await server.token(for: "maria")
        let process = try #require(await server.processID)
        #expect(try String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8) == "peal\n")
        let before = try descriptors(of: process)
        try await WebSocketStream.with(port: server.port, token: token) { first in
            _ = try await first.next(type: "initial_load")
            let all = try await open(Self.limit + 100, server, token)
            #expect(
                try await eventually {
                    let isFull = try descriptors(of: process) >= Self.limit - 1
                    let refused = all.count { $0.text.hasPrefix("HTTP/1.1 503 ") || $0.isClosed }
                    return arguments.isEmpty ? refused >= Self.limit - 44 : isFull || refused > 0
                })
            let welcome = all.count { $0.text.hasPrefix("HTTP/1.1 101 ") }
            #expect(welcome > 0 && welcome < Self.limit)
            if arguments.isEmpty {
                let metrics = try await HTTP.get("http://127.0.0.1:\(server.metricsPort)/metrics")
                #expect(metrics.status == 200, "there are descriptors left for everything else")
            }
            // Who is in goes on.
            try await first.send(#"{"type":"ping","id":"still"}"#)
            let pong = try await first.next(type: "pong")
            #expect(pong?["id"]?.string == "still")
            for connection in all { await connection.close() }
        }
        #expect(try await eventually { try descriptors(of: process) <= before + 2 }, "nothing leaks")
        try await WebSocketStream.with(port: server.port, token: token) { stream in
            _ = try await stream.next(type: "initial_load")
            try await server.notify(#"{"user_id":"maria","type":"news"}"#)
            #expect(try await stream.next(type: "notification") != nil)
        }
        #expect(await server.terminate() == 0)
        try FileManager.default.removeItem(at: server.folder)
    }
}
