import Foundation
import Testing

/// A real Redis server on a port of its own; the same one after each restart.
actor RedisServer {
    nonisolated let port: Int
    private let folder: URL
    private let arguments: [String]
    private var process: Process?

    private init(_ arguments: [String]) throws {
        port = try FreePort.next()
        folder = try temporaryFolder()
        self.arguments = arguments
    }

    static func with<Value>(
        _ arguments: [String] = [], _ body: (RedisServer) async throws -> Value
    ) async throws -> Value {
        let server = try RedisServer(arguments)
        try await server.start()
        do {
            let value = try await body(server)
            await server.kill()
            try? FileManager.default.removeItem(at: server.folder)
            return value
        } catch {
            await server.kill()
            throw error
        }
    }

    func start() async throws {
        process = try Program.start(
            "redis-server",
            ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path] + arguments,
            output: folder.appending(path: "output"))
        let answers = try await eventually { try await !self.run(["PING"]).isEmpty }
        try #require(answers, "\((try? String(contentsOf: folder.appending(path: "output"), encoding: .utf8)) ?? "")")
    }

    /// `kill -9`.
    func kill() async {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        await process.ended()
    }

    /// Publishes with the program that comes with the server.
    ///
    /// - Returns: how many heard it.
    @discardableResult
    nonisolated func publish(_ message: String, to channel: String, password: String? = nil) async throws -> Int {
        Int(try await run(["PUBLISH", channel, message], password: password)) ?? -1
    }

    /// - Returns: what redis-cli prints; empty where the server does not answer.
    nonisolated func run(_ command: [String], password: String? = nil) async throws -> String {
        let credentials = password.map { ["-a", $0, "--no-auth-warning"] } ?? []
        let output = folder.appending(path: UUID().uuidString)
        let process = try Program.start("redis-cli", ["-p", "\(port)"] + credentials + command, output: output)
        await process.ended()
        let text = try String(contentsOf: output, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.contains("Could not connect") ? "" : text
    }
}
