import Foundation
import PealCore

/// What a person wants to know when the server is up; on standard output, while the log goes to standard error.
struct Banner: Sendable {
    let settings: Settings
    let newKey: String?
    let start: ContinuousClock.Instant

    /// - Parameter addresses: where it serves; the first is the one to be shown first.
    func text(addresses: [String], metrics: String, took: Duration) -> String {
        let base = addresses.first ?? ""
        var lines = ["Peal \(Version.current) serves on \(base) (ready in \(took.wholeMilliseconds) ms)"]
        for address in addresses.dropFirst() { lines.append("  also on  \(address)") }
        lines.append("  data     \(settings.storeDescription)")
        lines.append("  metrics  \(metrics)/metrics")
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

    func show(addresses: [String], metrics: String) {
        let text = text(addresses: addresses, metrics: metrics, took: ContinuousClock.now - start)
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}

extension Settings {
    fileprivate var storeDescription: String {
        switch self.store.url {
        case .memory: "in memory, gone at the end"
        case .sqlite(let path): path ?? "\(self.data.directory)/peal.db"
        case .postgres(let url): "PostgreSQL at \(Self.place(in: url))"
        }
    }

    /// Host and database, without user and password.
    private static func place(in url: String) -> String {
        let address = url.split(separator: "?", maxSplits: 1).first.map(String.init) ?? url
        guard let at = address.lastIndex(of: "@") else { return address.split(separator: "/").joined(separator: "/") }
        return String(address[address.index(after: at)...])
    }
}
