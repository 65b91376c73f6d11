public import PealGateway

/// A further port, and what its WebSockets speak that choose nothing: `8085=chat`, `[::1]:8000=inbox`.
public struct ListenerAddress: Sendable, Equatable {
    /// Nil for that of `http.host`.
    public var host: String?
    public var port: Int
    public var dialect: Dialect

    /// Nil for anything but `port=dialect` and `host:port=dialect`.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let dialect = Dialect(rawValue: String(parts[1])) else { return nil }
        let colon = parts[0].lastIndex(of: ":")
        let digits = colon.map { parts[0][parts[0].index(after: $0)...] } ?? parts[0][...]
        guard digits.allSatisfy(\.isASCII), digits.allSatisfy(\.isNumber), let port = Int(digits),
            1...65_535 ~= port
        else { return nil }
        if let colon {
            guard let host = Self.host(String(parts[0][..<colon])) else { return nil }
            self.host = host
        }
        self.port = port
        self.dialect = dialect
    }

    /// Without the brackets of an IPv6 address, which needs them.
    private static func host(_ text: String) -> String? {
        if text.hasPrefix("["), text.hasSuffix("]"), text.count > 2 { return String(text.dropFirst().dropLast()) }
        return text.isEmpty || text.contains(where: { ":[]".contains($0) }) ? nil : text
    }

    var text: String {
        let host = host.map { ($0.contains(":") ? "[\($0)]" : $0) + ":" } ?? ""
        return "\(host)\(port)=\(dialect.rawValue)"
    }
}

extension SettingSyntax where Value == [ListenerAddress] {
    static var listeners: Self {
        let dialects = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
        return Self(
            .list, allowed: "a list of port=dialect or host:port=dialect, with one of the dialects \(dialects)",
            reading: { text in
                let words = text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
                let addresses = words.compactMap { ListenerAddress($0) }
                return addresses.count == words.count ? addresses : nil
            }, write: { $0.map(\.text).joined(separator: ",") })
    }
}
