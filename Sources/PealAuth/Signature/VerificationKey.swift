import Crypto
import CryptoExtras

/// A key together with the one algorithm that it is for: a token cannot choose (RFC 8725 §3.1).
struct VerificationKey: Sendable {
    enum Material: Sendable {
        case secret(SymmetricKey)
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// `kid`: how a token names it; nil where it has no name.
    let id: String?
    let algorithm: SignatureAlgorithm
    private let material: Material

    /// - Parameter algorithm: nil for the usual one of such a key: RS256 for RSA, HS256 for a secret.
    init(id: String? = nil, _ material: Material, algorithm: SignatureAlgorithm? = nil) throws(KeyError) {
        let possible = material.algorithms
        let algorithm = algorithm ?? possible[0]
        guard possible.contains(algorithm) else {
            throw KeyError("a key of this kind is not for \(algorithm.rawValue)")
        }
        self.id = id
        self.algorithm = algorithm
        self.material = material
    }

    private init(secret: SymmetricKey, algorithm: SignatureAlgorithm) {
        id = nil
        self.algorithm = algorithm
        material = .secret(secret)
    }

    /// HMAC with a shared secret (RFC 7518 §3.2).
    static func secret(_ text: String, _ algorithm: SecretAlgorithm) -> Self {
        Self(secret: SymmetricKey(data: Array(text.utf8)), algorithm: algorithm.algorithm)
    }

    /// Whether this key made the signature, with its own algorithm.
    func isValid(_ signature: [UInt8], for input: [UInt8]) -> Bool {
        switch material {
        case .secret(let key): isValid(signature, for: input, secret: key)
        case .rsa(let key): isValid(signature, for: input, rsa: key)
        case .p256(let key):
            // Two numbers side by side (RFC 7518 §3.4), never ASN.1.
            (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: input)
            } ?? false
        case .p384(let key):
            (try? P384.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: input)
            } ?? false
        case .ed25519(let key): key.isValidSignature(signature, for: input)
        }
    }

    private func isValid(_ code: [UInt8], for input: [UInt8], secret key: SymmetricKey) -> Bool {
        switch algorithm {
        case .hs256: HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: input, using: key)
        case .hs384: HMAC<SHA384>.isValidAuthenticationCode(code, authenticating: input, using: key)
        case .hs512: HMAC<SHA512>.isValidAuthenticationCode(code, authenticating: input, using: key)
        default: false
        }
    }

    private func isValid(_ signature: [UInt8], for input: [UInt8], rsa key: _RSA.Signing.PublicKey) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        return switch algorithm {
        case .rs256: key.isValidSignature(signature, for: SHA256.hash(data: input), padding: .insecurePKCS1v1_5)
        case .rs384: key.isValidSignature(signature, for: SHA384.hash(data: input), padding: .insecurePKCS1v1_5)
        case .rs512: key.isValidSignature(signature, for: SHA512.hash(data: input), padding: .insecurePKCS1v1_5)
        case .ps256: key.isValidSignature(signature, for: SHA256.hash(data: input), padding: .PSS)
        default: false
        }
    }

    /// Two keys are the same where each verifies what the other does.
    var fingerprint: [UInt8] {
        switch material {
        case .secret(let key): key.withUnsafeBytes { Array($0) }
        case .rsa(let key): Array(key.pkcs1DERRepresentation)
        case .p256(let key): Array(key.rawRepresentation)
        case .p384(let key): Array(key.rawRepresentation)
        case .ed25519(let key): Array(key.rawRepresentation)
        }
    }
}

extension VerificationKey.Material {
    /// The usual one first.
    fileprivate var algorithms: [SignatureAlgorithm] {
        switch self {
        case .secret: [.hs256, .hs384, .hs512]
        case .rsa: [.rs256, .rs384, .rs512, .ps256]
        case .p256: [.es256]
        case .p384: [.es384]
        case .ed25519: [.edDSA]
        }
    }
}

/// Why keys cannot be used.
public struct KeyError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
