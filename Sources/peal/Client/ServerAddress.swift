import ArgumentParser
import Foundation
import NIOSSL

/// Where the server is: `http://host:port`.
struct ServerAddress: Sendable, Equatable {
    var host: String
    var port: Int
    var isEncrypted: Bool
    /// The certificates to trust, in PEM; nil for those that this system trusts.
    var caFile: String?

    static let usual = Self(host: "127.0.0.1", port: 8080, isEncrypted: false)

    init(host: String, port: Int, isEncrypted: Bool) {
        self.host = host
        self.port = port
        self.isEncrypted = isEncrypted
    }

    /// Nil for anything but `http` or `https` with a host.
    init?(_ text: String) {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https"
        else { return nil }
        isEncrypted = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? (isEncrypted ? 443 : 80)
    }

    var base: String { "\(isEncrypted ? "https" : "http")://\(authority)" }

    /// How the server has to show who it is.
    var tls: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let caFile { configuration.trustRoots = .file(caFile) }
        return configuration
    }

    /// For the `Host` header.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// How a client command finds the server and its secrets.
struct ClientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server (or PEAL_URL).", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("Trust the certificates in this PEM file instead of the system's.", valueName: "path"))
    var caFile: String?

    @Option(help: ArgumentHelp("The server's data directory, for its key and secret.", valueName: "path"))
    var dataDirectory: String?

    func server() throws(Failure) -> ServerAddress {
        guard let text = url ?? ProcessInfo.processInfo.environment["PEAL_URL"], !text.isEmpty else { return .usual }
        guard var address = ServerAddress(text) else {
            throw Failure(.usage, "'\(text)' is no address of a server; it must look like http://127.0.0.1:8080")
        }
        address.caFile = caFile
        return address
    }

    /// What was given, else `PEAL_API_KEY`, else the server's own.
    func apiKey(_ given: String?) throws -> String {
        if let key = given ?? ProcessInfo.processInfo.environment["PEAL_API_KEY"], !key.isEmpty { return key }
        return try secrets().apiKey()
    }

    func secrets() throws -> LocalSecrets {
        try LocalSecrets(dataDirectory: dataDirectory)
    }
}
