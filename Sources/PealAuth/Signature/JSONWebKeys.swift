import Crypto
import CryptoExtras
import PealCore

/// A JSON Web Key Set (RFC 7517 §5), or a single key.
enum JSONWebKeys {
    /// Keys of one source at most: each is tried on a token without `kid`.
    static let limit = 64

    /// - Parameters:
    ///   - algorithm: for keys that do not say; a key that says another is refused.
    ///   - allowsSecrets: whether `oct` keys count; what everybody can fetch is no secret.
    static func parse(
        _ bytes: [UInt8], algorithm: SignatureAlgorithm?, allowsSecrets: Bool
    ) throws(KeyError) -> [VerificationKey] {
        guard let json = try? JSON.parse(bytes), json.members != nil else { throw KeyError("is not JSON") }
        let entries = json["keys"]?.array ?? [json]
        guard entries.count <= limit else { throw KeyError("holds more than \(limit) keys") }
        // RFC 7517 §5: keys that are not understood are passed over.
        let keys = entries.compactMap { key($0, algorithm: algorithm, allowsSecrets: allowsSecrets) }
        guard !keys.isEmpty else { throw KeyError("holds no key that can verify a token") }
        return keys
    }

    private static func key(
        _ json: JSON, algorithm: SignatureAlgorithm?, allowsSecrets: Bool
    ) -> VerificationKey? {
        guard json["use"].map({ $0.string == "sig" }) ?? true,
            json["key_ops"].map({ $0.array?.contains(.string("verify")) ?? false }) ?? true,
            let material = material(json), allowsSecrets || !material.isSecret
        else { return nil }
        var algorithm = algorithm
        if let named = json["alg"] {
            guard let own = named.string.flatMap(SignatureAlgorithm.init(name:)), algorithm ?? own == own else {
                return nil
            }
            algorithm = own
        }
        return try? VerificationKey(id: json["kid"]?.string, material, algorithm: algorithm)
    }

    private static func material(_ json: JSON) -> VerificationKey.Material? {
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("oct", _):
            // RFC 7518 §3.2 asks for the size of the digest; from 16 on we leave it to the operator, as for the secret.
            guard let secret = json.bytes("k"), secret.count >= 16 else { return nil }
            return .secret(SymmetricKey(data: secret))
        case ("RSA", _):
            // RFC 7518 §3.3 asks for 2048 bits; the upper bounds keep a check from taking long.
            guard let n = json.bytes("n"), let e = json.bytes("e"), n.count <= 1024, e.count <= 8 else { return nil }
            return (try? _RSA.Signing.PublicKey(n: n, e: e)).map { .rsa($0) }
        case ("EC", "P-256"):
            guard let point = json.point(32) else { return nil }
            return (try? P256.Signing.PublicKey(rawRepresentation: point)).map { .p256($0) }
        case ("EC", "P-384"):
            guard let point = json.point(48) else { return nil }
            return (try? P384.Signing.PublicKey(rawRepresentation: point)).map { .p384($0) }
        case ("OKP", "Ed25519"):
            guard let x = json.bytes("x") else { return nil }
            return (try? Curve25519.Signing.PublicKey(rawRepresentation: x)).map { .ed25519($0) }
        default: return nil
        }
    }
}

extension JSON {
    fileprivate func bytes(_ name: String) -> [UInt8]? {
        self[name]?.string.flatMap { Base64URL.decode($0.utf8) }
    }

    /// RFC 7518 §6.2.1.2: both coordinates have the full length.
    fileprivate func point(_ length: Int) -> [UInt8]? {
        guard let x = bytes("x"), let y = bytes("y"), x.count == length, y.count == length else { return nil }
        return x + y
    }
}

extension VerificationKey.Material {
    fileprivate var isSecret: Bool { if case .secret = self { true } else { false } }
}
