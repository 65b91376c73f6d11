import Foundation
import NIOSSL

@testable import PealGateway

/// A self-signed certificate for `localhost`, made by `openssl` in a folder of its own.
final class TestCertificate: Sendable {
    let folder: URL
    let server: ServerCertificate

    var certificate: String { folder.appending(path: "cert.pem").path }
    var key: String { folder.appending(path: "key.pem").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "peal-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.make(in: folder)
        server = try ServerCertificate(
            certificate: folder.appending(path: "cert.pem").path, key: folder.appending(path: "key.pem").path)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Puts a new certificate with a new key in the place of the old.
    func renew() throws { try Self.make(in: folder) }

    /// Trusts what is in the folder now, and nothing else.
    func client(
        protocols: [String] = [], versions: (TLSVersion, TLSVersion) = (.tlsv12, .tlsv13)
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(certificate)
        configuration.applicationProtocols = protocols
        configuration.minimumTLSVersion = versions.0
        configuration.maximumTLSVersion = versions.1
        return try NIOSSLContext(configuration: configuration)
    }

    private static func make(in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.currentDirectoryURL = folder
        process.arguments =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
            + ["-keyout", "key.pem", "-out", "cert.pem"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}
