import Foundation

/// A certificate that signs itself, for a server that is measured with TLS.
enum BenchCertificate {
    /// - Returns: the server's arguments for it.
    /// - Throws: where there is no `openssl` on this system.
    static func make(in directory: String) throws(Failure) -> [String] {
        let (certificate, key) = (directory + "/certificate.pem", directory + "/key.pem")
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
        ]
        openssl.standardOutput = FileHandle.nullDevice
        openssl.standardError = FileHandle.nullDevice
        do {
            try openssl.run()
        } catch {
            throw Failure("cannot run openssl, which makes the certificate: \(error.localizedDescription)")
        }
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw Failure("openssl made no certificate; is it installed?") }
        return ["--tls-certificate=\(certificate)", "--tls-key=\(key)"]
    }
}
