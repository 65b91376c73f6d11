import Foundation
import PealServer
import Synchronization

/// The server that is measured: this same executable, started in a directory of its own, or one that runs already.
struct BenchServer: Sendable {
    let address: ServerAddress
    private let givenPID: Int32
    let key: String
    let secret: String
    /// Nil for a server that is not ours to end.
    private let own: OwnServer?

    var pid: Int32 { own?.pid ?? givenPID }

    /// Starts the server, waits until it is ready, and ends it and removes its data after the body.
    ///
    /// - Parameter isEncrypted: whether it speaks TLS, with a certificate of its own.
    static func with<Value>(
        _ options: BenchOptions, isEncrypted: Bool = false, _ body: (Self) async throws -> Value
    ) async throws -> Value {
        let server = try await options.client.url == nil ? start(options, isEncrypted: isEncrypted) : running(options)
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
            address: try options.client.server(), givenPID: pid, key: try secrets.apiKey(),
            secret: try secrets.signingSecret(), own: nil)
    }

    private static func start(_ options: BenchOptions, isEncrypted: Bool) async throws -> Self {
        let directory =
            (options.directory ?? scratchDirectory) + "/peal-bench-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let (port, metricsPort) = (try FreePort.find(), try FreePort.find())
        let arguments =
            [
                "serve", "--http-port=\(port)", "--metrics-port=\(metricsPort)", "--data-directory=\(directory)/data",
                "--session-max-per-user=1000000", "--log-level=warning",
            ] + (isEncrypted ? try BenchCertificate.make(in: directory) : []) + (try options.serverArguments())
        let own = OwnServer(arguments: arguments, directory: directory, port: port, metricsPort: metricsPort)
        try await own.start()
        let secrets = try LocalSecrets(dataDirectory: directory + "/data")
        return Self(
            address: ServerAddress(host: "127.0.0.1", port: port, isEncrypted: isEncrypted), givenPID: 0,
            key: try secrets.apiKey(), secret: try secrets.signingSecret(), own: own)
    }

    /// A disk, where there is one: `/tmp` is often memory, and then a sync costs nothing.
    private static var scratchDirectory: String {
        access("/var/tmp", W_OK) == 0 ? "/var/tmp" : FileManager.default.temporaryDirectory.path
    }

    private func stop() async {
        guard let own else { return }
        await own.end(within: .seconds(20))
        try? FileManager.default.removeItem(atPath: own.directory)
    }

    /// What the server says about itself; fails for one that is not ours.
    func metrics() async throws -> ServerMetrics {
        try await ServerMetrics.read(port: try ownServer().metricsPort)
    }

    /// Ends the server and leaves its data, for ``startAgain()``.
    func end(isKilled: Bool) async throws {
        await (try ownServer()).end(within: isKilled ? .zero : .seconds(60))
    }

    /// On the same port.
    ///
    /// - Returns: from the beginning of the process until it listens.
    @discardableResult func startAgain() async throws -> Duration { try await ownServer().start() }

    private func ownServer() throws(Failure) -> OwnServer {
        guard let own else { throw Failure(.usage, "this measurement starts its own server: leave --url out") }
        return own
    }

    func usage() throws(Failure) -> ProcessUsage {
        guard let usage = ProcessUsage(pid: pid) else { throw Failure("the server has ended, or there is no /proc") }
        return usage
    }
}

/// The server of a measurement, which may be started more than once.
final class OwnServer: Sendable {
    let directory: String
    let metricsPort: Int
    private let port: Int
    private let arguments: [String]
    private let process = Mutex<ChildProcess?>(nil)

    init(arguments: [String], directory: String, port: Int, metricsPort: Int) {
        self.arguments = arguments
        self.directory = directory
        self.port = port
        self.metricsPort = metricsPort
    }

    var pid: Int32 { process.withLock { $0?.pid ?? 0 } }

    @discardableResult func start() async throws -> Duration {
        let start = ContinuousClock.now
        let log = directory + "/server.log"
        let process = try ChildProcess(arguments, output: .file(log))
        self.process.withLock { $0 = process }
        let deadline = ContinuousClock.now + .seconds(20)
        while !FreePort.isListening(port) {
            guard process.isRunning, .now < deadline else {
                process.kill()
                let said = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw Failure("the server did not start: \(said)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return .now - start
    }

    /// - Parameter patience: none to kill it at once.
    func end(within patience: Duration) async {
        guard let process = process.withLock({ $0 }) else { return }
        if patience == .zero { process.kill() }
        await process.terminate(within: patience)
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
