import Crypto
public import PealCore

/// What an API key may be used for.
public enum Scope: String, Sendable, CaseIterable {
    /// Create notifications and tell user profiles.
    case notify
    /// Read what is kept about users.
    case read
    /// Use the user endpoints for somebody, named by `?user_id=`.
    case actAs = "act-as"
    /// Refuse users' tokens.
    case revoke
    /// Everything, the other scopes included.
    case admin
}

extension APIKeyRecord {
    /// Whether the key has this scope, or `admin`.
    public func allows(_ scope: Scope) -> Bool {
        scopes.contains(scope.rawValue) || scopes.contains(Scope.admin.rawValue)
    }
}

/// Keys of producers: `pk_` and 32 random bytes in base64url. Only their digest is kept.
public enum APIKey {
    public static let prefix = "pk_"

    /// Makes a new key. The plain text is shown once, to whoever asked for it.
    public static func generate(
        label: String, scopes: Set<Scope>, now: Timestamp
    ) -> (plain: String, record: APIKeyRecord) {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let plain = prefix + Base64URL.encode(secret)
        let name = (0..<6).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let record = APIKeyRecord(
            id: "key_" + Base64URL.encode(name), digest: digest(of: plain), label: label,
            scopes: Set(scopes.map(\.rawValue)), createdAt: now)
        return (plain, record)
    }

    /// SHA-256: enough for a secret of 256 random bits, which cannot be guessed however quick the hash is.
    public static func digest(of plain: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(plain.utf8)))
    }
}
