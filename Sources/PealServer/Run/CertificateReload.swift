import Foundation
import Logging
import Metrics
import PealGateway
import ServiceLifecycle
import UnixSignals

/// Reads the certificate again on every SIGHUP; one that cannot be used is a line in the log, and the old one stays.
struct CertificateReload: Service {
    let certificate: ServerCertificate
    private let logger = Logger(label: "peal.tls")
    private let expiry = Gauge(label: "tls_certificate_expiry_timestamp_seconds")

    init(_ certificate: ServerCertificate) {
        self.certificate = certificate
        // From now on the signal does not end the process.
        signal(SIGHUP, SIG_IGN)
        report("Certificate loaded")
    }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do throws(CertificateProblem) {
                try certificate.reload()
                report("Certificate reloaded")
            } catch {
                logger.error("The certificate stays as it is", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func report(_ message: Logger.Message) {
        expiry.record(certificate.expiry)
        let date = Date(timeIntervalSince1970: Double(certificate.expiry))
        let isOver = date < Date()
        logger.log(
            level: isOver ? .warning : .info, isOver ? "\(message), but it has expired" : message,
            metadata: ["expires": "\(date.formatted(.iso8601))"])
    }
}
