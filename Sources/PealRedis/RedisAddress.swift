/// One Redis server: `redis://[user[:password]@]host[:port][/database]`, or `rediss://…` for TLS, as IANA's provisional
/// registration of the scheme and redis-cli read it. A lone password is written `redis://:password@host`.
public struct RedisAddress: Sendable, Equatable {
    public var host: String
    public var port = 6379
    public var user: String?
    public var password: String?
    public var database = 0
    public var isEncrypted = false

    public init(host: String, port: Int = 6379) {
        self.host = host
        self.port = port
    }

    /// - Returns: nil for what is no such address.
    public init?(_ text: String) {
        let scheme: String
        if text.hasPrefix("redis://") {
            scheme = "redis://"
        } else if text.hasPrefix("rediss://") {
            scheme = "rediss://"
        } else {
            return nil
        }
        isEncrypted = scheme == "rediss://"
        var rest = text.dropFirst(scheme.count)
        var path: Substring = ""
        if let slash = rest.firstIndex(of: "/") {
            path = rest[rest.index(after: slash)...]
            rest = rest[..<slash]
        }
        if !path.isEmpty {
            guard let number = Int(path), (0...65_535).contains(number) else { return nil }
            database = number
        }
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = Self.decoded(credentials[0]) else { return nil }
            self.user = user.isEmpty ? nil : user
            if credentials.count == 2 {
                guard let password = Self.decoded(credentials[1]), !password.isEmpty else { return nil }
                self.password = password
            }
            guard self.user == nil || password != nil else { return nil }
            rest = rest[rest.index(after: at)...]
        }
        guard let (host, port) = Self.place(rest) else { return nil }
        self.host = host
        self.port = port ?? 6379
    }

    private static func place(_ text: Substring) -> (String, Int?)? {
        var host = text
        var portText: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else { return nil }
            if !tail.isEmpty { portText = tail.dropFirst() }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "?" || $0 == "#" || $0 == "," }) else {
            return nil
        }
        guard let portText else { return (String(host), nil) }
        guard let port = Int(portText), (1...65_535).contains(port) else { return nil }
        return (String(host), port)
    }

    /// Percent-encoding (RFC 3986, section 2.1) resolved.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var left = text.utf8[...]
        while let byte = left.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = left.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue }),
                let low = left.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue })
            else { return nil }
            bytes.append(UInt8(high * 16 + low))
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Without user and password, for log lines.
    public var place: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// The whole address, with the password.
    public var text: String {
        let credentials = password.map { "\(Self.encoded(user ?? "")):\(Self.encoded($0))@" } ?? ""
        return "\(isEncrypted ? "rediss" : "redis")://\(credentials)\(place)\(database == 0 ? "" : "/\(database)")"
    }

    private static func encoded(_ text: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        return text.utf8.reduce(into: "") { result, byte in
            if plain.contains(byte) {
                result.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
    }
}
