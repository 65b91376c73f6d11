import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// The certificate chain and the key that listeners show, read from two PEM files; read again without a pause.
public final class ServerCertificate: Sendable {
    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<Loaded>

    private struct Loaded {
        var context: NIOSSLContext
        var expiry: Int64
    }

    /// Reads both files.
    ///
    /// - Throws: ``CertificateProblem`` where a file cannot be read or the two do not belong together.
    public init(certificate: String, key: String) throws(CertificateProblem) {
        certificatePath = certificate
        keyPath = key
        current = Mutex(try Self.load(certificate, key))
    }

    /// Reads both files again: connections from now on are shown the new certificate, those that there are go on.
    ///
    /// - Throws: ``CertificateProblem``; then the old one stays.
    public func reload() throws(CertificateProblem) {
        let loaded = try Self.load(certificatePath, keyPath)
        current.withLock { $0 = loaded }
    }

    /// When the server's own certificate ends, in seconds since 1970.
    public var expiry: Int64 { current.withLock { $0.expiry } }

    var context: NIOSSLContext { current.withLock { $0.context } }

    private static func load(_ certificatePath: String, _ keyPath: String) throws(CertificateProblem) -> Loaded {
        let chain = try certificates(certificatePath)
        guard let first = chain.first else {
            throw CertificateProblem("tls.certificate: '\(certificatePath)' holds no certificate")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem)
        } catch {
            throw CertificateProblem(
                "tls.key: cannot read '\(keyPath)': \(reason(keyPath, otherwise: "no private key in PEM"))")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [Negotiation.http2, Negotiation.http11]
        configuration.shutdownTimeout = .seconds(2)
        do {
            return Loaded(
                context: try NIOSSLContext(configuration: configuration), expiry: Int64(first.notValidAfter))
        } catch {
            throw CertificateProblem(
                "tls.key: '\(keyPath)' is not the key of the certificate in '\(certificatePath)'")
        }
    }

    private static func certificates(_ path: String) throws(CertificateProblem) -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw CertificateProblem(
                "tls.certificate: cannot read '\(path)': \(reason(path, otherwise: "no certificate in PEM"))")
        }
    }

    private static func reason(_ path: String, otherwise: String) -> String {
        access(path, R_OK) == 0 ? otherwise : String(cString: strerror(errno)).lowercased()
    }
}

/// Why a certificate cannot be used: one line that names the setting and the file.
public struct CertificateProblem: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension Error {
    /// Whether a peer went away without saying so first (RFC 8446 §6.1), as many do.
    var isUncleanShutdown: Bool {
        if case .uncleanShutdown? = self as? NIOSSLError { true } else { false }
    }
}
