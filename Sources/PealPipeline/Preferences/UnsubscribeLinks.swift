import Crypto
import Foundation
public import PealCore

/// What a link in an e-mail may change without anybody logging in: one user's e-mail, of one type or altogether.
public struct UnsubscribeClaim: Sendable, Equatable {
    /// Whose e-mail it is.
    public var user: UserID
    /// Nil for every type.
    public var type: String?

    public init(user: UserID, type: String?) {
        self.user = user
        self.type = type
    }
}

/// Makes and reads the links by which readers get rid of e-mail with one click (RFC 8058).
///
/// A token is what it says, signed (HMAC-SHA256) with a secret of the store. It has no end, because mail is read years later,
/// and it opens nothing but this. Who forwards a mail forwards its link.
public struct UnsubscribeLinks: Sendable {
    private let key: SymmetricKey

    /// The name of the secret in the store.
    public static let secretName = "unsubscribe"
    /// Longer tokens are not looked at.
    public static let tokenByteLimit = 1024

    /// - Parameter secret: at least 32 random bytes.
    public init(secret: [UInt8]) {
        key = SymmetricKey(data: secret)
    }

    /// Takes the store's secret, which the first that asks makes.
    public init(store: any Store) async throws(StoreError) {
        let candidate = StoreSecret(name: Self.secretName, bytes: Self.randomSecret())
        self.init(secret: try await store.keep(candidate).bytes)
    }

    /// Links that end with the process.
    public static func ephemeral() -> Self { Self(secret: randomSecret()) }

    private static func randomSecret() -> [UInt8] {
        SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    }

    /// The token of a claim: letters, digits, `-`, `_` and one dot.
    public func token(for claim: UnsubscribeClaim) -> String {
        let payload = Self.payload(of: claim)
        let signature = HMAC<SHA256>.authenticationCode(for: Self.signed(payload), using: key)
        return Self.base64(payload) + "." + Self.base64(Array(signature))
    }

    /// What a token says; nil where its signature is not good. Compares in constant time.
    public func claim(of token: String) -> UnsubscribeClaim? {
        guard token.utf8.count <= Self.tokenByteLimit else { return nil }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let payload = Self.bytes(parts[0]), let signature = Self.bytes(parts[1]),
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Self.signed(payload), using: key),
            let values = (try? JSON.parse(payload))?.array, (1...2).contains(values.count),
            let user = values[0].string.flatMap(UserID.init)
        else { return nil }
        return UnsubscribeClaim(user: user, type: values.count == 2 ? values[1].string : nil)
    }

    private static func payload(of claim: UnsubscribeClaim) -> [UInt8] {
        let values = [claim.user.rawValue] + (claim.type.map { [$0] } ?? [])
        return Array(JSON.array(values.map(JSON.string)).text.utf8)
    }

    /// With what it is for, so that nothing else that is signed with the secret passes.
    private static func signed(_ payload: [UInt8]) -> [UInt8] { Array("peal.unsubscribe.email.1:".utf8) + payload }

    /// Base 64 for URLs, without padding (RFC 4648 §5).
    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard + padding).map { Array($0) }
    }
}

// MARK: - Links and headers

extension UnsubscribeLinks {
    /// The path on Peal's own server.
    public static let path = "/v1/unsubscribe"
    /// What a mail program sends, and what it does not send by merely looking (RFC 8058 §3.1).
    public static let oneClick = "List-Unsubscribe=One-Click"

    /// Where a reader unsubscribes.
    ///
    /// - Parameter base: where readers reach Peal; see ``isBase(_:)``.
    public func link(for claim: UnsubscribeClaim, base: String) -> String {
        var base = base[...]
        while base.hasSuffix("/") { base.removeLast() }
        return "\(base)\(Self.path)?token=\(token(for: claim))"
    }

    /// The two headers of an e-mail that let mail programs show a button for it. The message's DKIM signature must cover
    /// them (RFC 8058 §4).
    public func headers(for claim: UnsubscribeClaim, base: String) -> [(name: String, value: String)] {
        [("List-Unsubscribe", "<\(link(for: claim, base: base))>"), ("List-Unsubscribe-Post", Self.oneClick)]
    }

    /// Whether links may begin with this: `https`, as RFC 8058 §3.1 asks for, or this machine for trying things out; and
    /// nothing that a header or a query could misunderstand.
    public static func isBase(_ text: String) -> Bool {
        let allowed = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"<>"\?#,"#.utf8.contains($0) }
        guard allowed, text.utf8.count <= 1024, let url = URL(string: text), let host = url.host(), !host.isEmpty
        else { return false }
        switch url.scheme?.lowercased() {
        case "https": return true
        case "http": return ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
        default: return false
        }
    }
}
