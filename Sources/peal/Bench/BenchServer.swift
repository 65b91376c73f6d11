import Foundation
import PealServer

/// The server that is measured: this same executable, started in a directory of its own, or one that runs already.
struct BenchServer: Sendable {
    let address: ServerAddress
    let pid: Int32
    let key: String
    let secret: String
    /// Nil for a server that is not ours to end.
    private let own: (process: ChildProcess, directory: String)?

    /// Starts the server, waits until it is ready, and ends it and removes its data after the body.
    static func with<Value>(
        _ options: BenchOptions, _ body: (Self) async throws -> Value
    ) async throws -> Value {
        let server = try await options.client.url == nil ? start(options) : running(options)
        do {
            let value = try await body(server)
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }

    private static func running(_ options: BenchOptions) throws -> Self {
        guard let pid = options.pid else { throw Failure(.usage, "--url needs --pid, for the server's memory and CPU") }
        let secrets = try options.client.secrets()
        return Self(
            address: try options.client.server(), pid: pid, key: try secrets.apiKey(),
            secret: try secrets.signingSecret(), own: nil)
    }

    private static func start(_ options: BenchOptions) async throws -> Self {
        let directory =
            (options.directory ?? scratchDirectory) + "/peal-bench-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let (port, metricsPort) = (try FreePort.find(), try FreePort.find())
        let arguments =
            [
                "serve", "--http-port=\(port)", "--metrics-port=\(metricsPort)", "--data-directory=\(directory)/data",
                "--session-max-per-user=1000000", "--log-level=warning",
            ] + (try options.serverArguments())
        let log = directory + "/server.log"
        let process = try ChildProcess(arguments, output: .file(log))
        let address = ServerAddress(host: "127.0.0.1", port: port, isEncrypted: false)
        let deadline = ContinuousClock.now + .seconds(20)
        while !FreePort.isListening(port) {
            guard process.isRunning, .now < deadline else {
                process.kill()
                let said = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw Failure("the server did not start: \(said)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        let secrets = try LocalSecrets(dataDirectory: directory + "/data")
        return Self(
            address: address, pid: process.pid, key: try secrets.apiKey(), secret: try secrets.signingSecret(),
            own: (process, directory))
    }

    /// A disk, where there is one: `/tmp` is often memory, and then a sync costs nothing.
    private static var scratchDirectory: String {
        access("/var/tmp", W_OK) == 0 ? "/var/tmp" : FileManager.default.temporaryDirectory.path
    }

    private func stop() async {
        guard let (process, directory) = own else { return }
        await process.terminate(within: .seconds(20))
        try? FileManager.default.removeItem(atPath: directory)
    }

    func usage() throws(Failure) -> ProcessUsage {
        guard let usage = ProcessUsage(pid: pid) else { throw Failure("the server has ended, or there is no /proc") }
        return usage
    }
}

/// Ports of the loopback interface.
enum FreePort {
    static func find() throws(Failure) -> Int {
        try withSocket { descriptor, address, length in
            guard bind(descriptor, address, length) == 0 else { return nil }
            var length = length
            guard getsockname(descriptor, address, &length) == 0 else { return nil }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        }
    }

    static func isListening(_ port: Int) -> Bool {
        (try? withSocket(port: port) { connect($0, $1, $2) == 0 ? port : nil }) != nil
    }

    private static func withSocket(
        port: Int = 0, _ body: (Int32, UnsafeMutablePointer<sockaddr>, socklen_t) -> Int?
    ) throws(Failure) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard let result else { throw Failure("no free port") }
        return result
    }
}
