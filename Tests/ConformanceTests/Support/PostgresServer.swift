import Foundation
import Synchronization
import Testing

/// One PostgreSQL server for all tests of this process, started by the first that needs it. Each store has a schema of its own.
///
/// It does not sync, which no test here can tell: tests of durability start servers of their own.
enum PostgresServer {
    /// `postgresql://…`, once it answers.
    static func url() throws -> String { try started.get() }

    private static let started = Result { try start() }

    private static func start() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "peal-postgres-\(UUID().uuidString)")
        let port = try freePort()
        let process = Process()
        process.executableURL =
            URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../scripts/servers/postgres").standardizedFileURL
        process.arguments = [folder.path, "\(port)", "\(ProcessInfo.processInfo.processIdentifier)", "fsync=off"]
        // Whoever reads the output of the tests waits for all that may write to it.
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<600 {
            if canConnect(to: port) { return "postgresql://peal@127.0.0.1:\(port)/peal" }
            guard process.isRunning else { break }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw NoServer()
    }

    struct NoServer: Error, CustomStringConvertible {
        var description: String { "PostgreSQL did not start; is it installed? (make setup-test)" }
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return UInt16(bigEndian: address.sin_port)
    }

    private static func canConnect(to port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
