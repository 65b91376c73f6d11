/// What tokens can be signed with (RFC 7518 §3.1, RFC 8037 §3.1).
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case es256 = "ES256"
    case es384 = "ES384"
    case edDSA = "EdDSA"

    /// The `alg` of a header or of a key; nil for any that is not taken, `none` above all.
    init?(name: String) {
        // RFC 9864 §2.2 gives EdDSA on this curve a name that says so.
        self.init(rawValue: name == "Ed25519" ? "EdDSA" : name)
    }

    /// Whether the key that verifies can sign as well, so that it must not be published.
    public var isSymmetric: Bool {
        switch self {
        case .hs256, .hs384, .hs512: true
        default: false
        }
    }
}

/// What tokens can be signed with where both sides know one secret (RFC 7518 §3.2).
public enum SecretAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"

    var algorithm: SignatureAlgorithm {
        switch self {
        case .hs256: .hs256
        case .hs384: .hs384
        case .hs512: .hs512
        }
    }
}
