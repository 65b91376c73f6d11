import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A real PostgreSQL server on a port of its own; the same one, with the same data, after each restart.
actor PostgresServer {
    nonisolated let port: Int
    nonisolated let folder: URL
    private let settings: [String]
    private var script: Process?

    /// Where Peal finds it.
    nonisolated var url: String { "postgresql://peal@127.0.0.1:\(port)/peal" }

    private init(_ settings: [String]) throws {
        port = try FreePort.next()
        folder = try temporaryFolder()
        self.settings = settings
    }

    /// - Parameter settings: `name=value`, of the server.
    static func with<Value>(
        _ settings: [String] = [], _ body: (PostgresServer) async throws -> Value
    ) async throws -> Value {
        let server = try PostgresServer(settings)
        try await server.start()
        do {
            let value = try await body(server)
            await server.stop()
            try? FileManager.default.removeItem(at: server.folder)
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    func start() async throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../scripts/servers/postgres").standardizedFileURL
        script = try Program.start(
            "env", [path.path, folder.path, "\(port)", "\(ProcessInfo.processInfo.processIdentifier)"] + settings,
            output: folder.appending(path: "output"))
        let answers = try await eventually { try await !self.query("SELECT 1").isEmpty }
        try #require(answers, "\((try? String(contentsOf: folder.appending(path: "output"), encoding: .utf8)) ?? "")")
    }

    /// The server's process, under which one for each connection runs.
    private var processID: Int32? {
        (try? String(contentsOf: folder.appending(path: "pid"), encoding: .utf8))
            .flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// `kill -9` of the server and of all its connections.
    func kill() async {
        guard let processID else { return }
        Glibc.kill(processID, SIGKILL)
        await script?.ended()
        try? FileManager.default.removeItem(at: folder.appending(path: "data/postmaster.pid"))
    }

    private func stop() async {
        // The script has inherited a mask of signals; the server has its own.
        if let processID { Glibc.kill(processID, SIGINT) }
        await script?.ended()
    }

    /// - Returns: what psql prints; empty where the server does not answer.
    nonisolated func query(_ sql: String) async throws -> String {
        let output = folder.appending(path: UUID().uuidString)
        let process = try Program.start("psql", ["-XAtq", url, "-c", sql], output: output)
        await process.ended()
        guard process.terminationStatus == 0 else { return "" }
        return try String(contentsOf: output, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
