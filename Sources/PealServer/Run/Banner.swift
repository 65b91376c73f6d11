import Foundation
import PealCore

/// What a person wants to know when the server is up; on standard output, while the log goes to standard error.
struct Banner: Sendable {
    let settings: Settings
    let newKey: String?
    let start: ContinuousClock.Instant

    func text(port: Int, metricsPort: Int, took: Duration) -> String {
        let base = "http://\(Self.host(settings.http.host)):\(port)"
        var lines = ["Peal \(Version.current) serves on \(base) (ready in \(took.wholeMilliseconds) ms)"]
        lines.append("  data     \(settings.storeDescription)")
        lines.append("  metrics  http://\(Self.host(settings.metrics.host)):\(metricsPort)/metrics")
        if let newKey {
            lines.append("  API key  \(newKey)")
            lines.append("           made now and shown this once; kept in \(settings.data.directory)/api.key")
        }
        if settings.dev {
            lines.append("  demo     \(base)/demo")
            lines.append("           --dev is for your own machine: anyone who can reach it can sign in as anyone")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    func show(port: Int, metricsPort: Int) {
        let text = text(port: port, metricsPort: metricsPort, took: ContinuousClock.now - start)
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private static func host(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

extension Settings {
    fileprivate var storeDescription: String {
        switch self.store.url {
        case .memory: "in memory, gone at the end"
        case .sqlite(let path): path ?? "\(self.data.directory)/peal.db"
        }
    }
}
