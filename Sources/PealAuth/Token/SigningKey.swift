import Crypto
import JWTKit

/// A key together with the one algorithm that it is for: a token cannot choose (RFC 8725 §3.1).
struct SigningKey: Sendable {
    let algorithm: any JWTAlgorithm

    /// HMAC with SHA-256 (RFC 7518 §3.2).
    static func hs256(secret: String) async throws -> Self {
        var bytes = Array(secret.utf8)
        // HMAC pads a short key with zeros anyway (RFC 2104 §2); the library wants to be given no less than a digest.
        if bytes.count < SHA256.byteCount { bytes += Array(repeating: 0, count: SHA256.byteCount - bytes.count) }
        let keys = await JWTKeyCollection().add(
            hmac: HMACKey(key: SymmetricKey(data: bytes)), digestAlgorithm: .sha256)
        return Self(algorithm: try await keys.getKey())
    }
}
