import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The built executable: beside the test bundle, or where `PEAL_BINARY` says.
enum PealBinary {
    static var url: URL {
        if let path = ProcessInfo.processInfo.environment["PEAL_BINARY"] { return URL(filePath: path) }
        return URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "peal")
    }

    struct Output: Sendable {
        var status: Int32
        var standardOutput: String
        var standardError: String
    }

    /// Runs a subcommand to its end.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Output {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.environment = cleanEnvironment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        let out = folder.appending(path: "out")
        let err = folder.appending(path: "err")
        for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        await process.ended()
        return Output(
            status: process.terminationStatus, standardOutput: try String(contentsOf: out, encoding: .utf8),
            standardError: try String(contentsOf: err, encoding: .utf8))
    }

    /// Without settings that the developer's shell may hold.
    static var cleanEnvironment: [String: String] {
        let legacy: Set = ["WEBSOCKET_PORT", "METRICS_PORT", "REDIS_HOST", "REDIS_PORT", "JWT_SECRET"]
        return ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PEAL_") && !legacy.contains($0.key) }
    }
}

extension Process {
    /// Waits without blocking a thread of the cooperative pool.
    func ended() async {
        while isRunning { try? await Task.sleep(for: .milliseconds(5)) }
        waitUntilExit()
    }
}

func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "peal-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}

/// Free loopback ports, each handed out once in this process.
enum FreePort {
    private static let taken = Mutex<Set<Int>>([])

    static func next() throws -> Int {
        while true {
            let port = try probe()
            if taken.withLock({ $0.insert(port).inserted }) { return port }
        }
    }

    private static func probe() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard result == 0 else { throw POSIXError(.EADDRINUSE) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// One `peal serve` with a data directory and ports of its own; the same ones after each restart.
actor ServerProcess {
    nonisolated let folder: URL
    nonisolated let port: Int
    nonisolated let metricsPort: Int
    private let extraArguments: [String]
    /// A program that starts another, with its arguments.
    private let launcher: [String]
    /// With it the server speaks TLS.
    nonisolated let certificate: CertificateFiles?
    private var process: Process?

    nonisolated var base: String { certificate == nil ? "http://127.0.0.1:\(port)" : "https://localhost:\(port)" }
    nonisolated var data: URL { folder.appending(path: "data") }
    nonisolated var log: URL { folder.appending(path: "server.log") }

    init(
        _ extraArguments: [String] = [], certificate: CertificateFiles? = nil, under launcher: [String] = []
    ) throws {
        self.certificate = certificate
        self.launcher = launcher
        folder = try temporaryFolder()
        port = try FreePort.next()
        metricsPort = try FreePort.next()
        self.extraArguments = extraArguments + (certificate?.arguments ?? [])
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    }

    /// Starts the server and waits until it is ready.
    ///
    /// - Parameter address: where it is asked, if not at ``base``.
    func start(asking address: String? = nil) async throws {
        let process = Process()
        process.executableURL = launcher.first.map(Program.url) ?? PealBinary.url
        process.arguments =
            launcher.dropFirst() + (launcher.isEmpty ? [] : [PealBinary.url.path]) + [
                "serve", "--http-port", "\(port)", "--metrics-port", "\(metricsPort)", "--data-directory", data.path,
            ] + extraArguments
        process.environment = PealBinary.cleanEnvironment
        process.currentDirectoryURL = folder
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        for _ in 0..<600 {
            if try await isReady(address ?? base) { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        let text = try String(contentsOf: log, encoding: .utf8)
        Issue.record("the server did not become ready:\n\(text)")
        throw POSIXError(.ETIMEDOUT)
    }

    /// Where clients use TLS, the line that says so is taken for it.
    private func isReady(_ address: String) async throws -> Bool {
        guard certificate == nil else {
            return try String(contentsOf: log, encoding: .utf8).contains(" serves on ")
        }
        return (try? await HTTP.get("\(address)/health/ready"))?.status == 200
    }

    var processID: Int32? { process?.processIdentifier }

    /// `kill -9`.
    func kill() async {
        guard let process, process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        await process.ended()
    }

    /// SIGTERM; returns the exit status.
    @discardableResult
    func terminate() async -> Int32 {
        guard let process else { return -1 }
        if process.isRunning { process.terminate() }
        await process.ended()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    func apiKey() throws -> String {
        try String(contentsOf: data.appending(path: "api.key"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    nonisolated func token(for user: String, _ arguments: String...) async throws -> String {
        let output = try await PealBinary.run(["token", "--user", user, "--data-directory", data.path] + arguments)
        try #require(output.status == 0, "peal token: \(output.standardError)")
        return output.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a body beside a started server, then ends it and removes its data.
    static func with<Value>(
        _ arguments: [String] = [], certificate: CertificateFiles? = nil,
        _ body: (ServerProcess) async throws -> Value
    ) async throws -> Value {
        let server = try ServerProcess(arguments, certificate: certificate)
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
}
