/// Names that mean this machine. With `--dev`, where anybody who reaches the port gets a token, no other `Host` is
/// answered, so that a page elsewhere cannot get in by pointing its own name at 127.0.0.1 (RULES 46).
public enum Loopback {
    /// Whether an authority, with or without a port, names this machine (RFC 6761 §6.3).
    public static func isLoopback(_ authority: String) -> Bool {
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return false }
            host = authority[authority.index(after: authority.startIndex)..<end]
        } else {
            host = authority.prefix { $0 != ":" }
        }
        let name = host.lowercased()
        if name == "localhost" || name == "::1" || name.hasSuffix(".localhost") { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
