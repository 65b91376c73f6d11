import Foundation
import NIOSSL
import Testing

/// A self-signed certificate for `localhost` with its key, made by `openssl`.
struct CertificateFiles: Sendable {
    let folder: URL

    var certificate: String { folder.appending(path: "cert.pem").path }
    var key: String { folder.appending(path: "key.pem").path }
    var arguments: [String] { ["--tls-certificate", certificate, "--tls-key", key] }

    init() async throws {
        folder = try temporaryFolder()
        try await renew()
    }

    /// Puts a new certificate with a new key in the place of the old.
    func renew() async throws {
        let output = try await Program.run(
            "openssl",
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
                + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
                + ["-keyout", key, "-out", certificate])
        try #require(output.status == 0, "\(output.text)")
    }

    /// Trusts what is in the folder now, and nothing else.
    func client() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(certificate)
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Programs of the system, by their names.
enum Program {
    struct Output: Sendable {
        var status: Int32
        var text: String
    }

    static func url(_ name: String) -> URL {
        let folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"]
        let paths = folders.map { "\($0)/\(name)" }
        return URL(filePath: paths.first(where: FileManager.default.isExecutableFile) ?? "/usr/bin/\(name)")
    }

    /// Runs one to its end; both of its outputs.
    static func run(_ name: String, _ arguments: [String]) async throws -> Output {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "output")
        let process = try start(name, arguments, output: file)
        await process.ended()
        return Output(status: process.terminationStatus, text: try String(contentsOf: file, encoding: .utf8))
    }

    /// Starts one; its outputs go to a file.
    static func start(_ name: String, _ arguments: [String], output: URL) throws -> Process {
        let process = Process()
        process.executableURL = url(name)
        process.arguments = arguments
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }
}
