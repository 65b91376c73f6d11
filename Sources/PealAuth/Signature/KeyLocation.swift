/// Where the keys that verify tokens are: an element of `auth.jwt.keys`.
///
/// `path` or `https://…`, of a PEM file or a JWKS, optionally with the algorithm before it: `PS256=/etc/peal/idp.pem`.
public struct KeyLocation: Sendable, Hashable, CustomStringConvertible {
    public enum Place: Sendable, Hashable {
        case file(String)
        case url(String)
    }

    public let place: Place
    /// For keys that do not say what they are for.
    public let algorithm: SignatureAlgorithm?

    public init(_ text: String) throws(KeyError) {
        var place = text[...]
        if let algorithm = SignatureAlgorithm.allCases.first(where: { text.hasPrefix($0.rawValue + "=") }) {
            place = text.dropFirst(algorithm.rawValue.count + 1)
            self.algorithm = algorithm
        } else {
            algorithm = nil
        }
        guard !place.isEmpty else { throw KeyError("is empty") }
        let scheme = place.prefix { $0 != ":" }.lowercased()
        guard place.contains("://"), scheme == "http" || scheme == "https" else {
            self.place = .file(String(place))
            return
        }
        let authority = place.dropFirst(scheme.count + 3).prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.contains("@") else {
            throw KeyError("is no address without a user's name")
        }
        guard scheme == "https" || Self.isLoopback(authority) else {
            // Whoever can change the keys on the way can sign anything.
            throw KeyError("must be https, except on this very machine")
        }
        self.place = .url(String(place))
    }

    public var description: String {
        let prefix = algorithm.map { $0.rawValue + "=" } ?? ""
        return switch place {
        case .file(let path): prefix + path
        case .url(let url): prefix + url
        }
    }

    private static func isLoopback(_ authority: Substring) -> Bool {
        if authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }
        return host.lowercased() == "localhost" || host == "127.0.0.1"
    }
}

/// Reads the bytes of a ``KeyLocation``; the composition root knows how.
public typealias KeyReader = @Sendable (KeyLocation) async throws(KeyError) -> [UInt8]

extension KeyLocation {
    /// The longest document that is looked at.
    public static let byteLimit = 256 * 1024

    /// Throws unless there is a key in it that can verify tokens.
    public func check(_ bytes: [UInt8]) throws(KeyError) { _ = try keys(in: bytes) }

    func keys(in bytes: [UInt8]) throws(KeyError) -> [VerificationKey] {
        guard bytes.count <= Self.byteLimit else { throw KeyError("is longer than \(Self.byteLimit) bytes") }
        let isFile = if case .file = place { true } else { false }
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard first == UInt8(ascii: "{") else {
            return try PEMKeys.parse(String(decoding: bytes, as: UTF8.self), algorithm: algorithm)
        }
        return try JSONWebKeys.parse(bytes, algorithm: algorithm, allowsSecrets: isFile)
    }
}
