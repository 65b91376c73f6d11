import Crypto
public import PealCore

/// Makes tokens signed with the secret: for `peal token` and the demo page. An app signs its own.
public struct TokenSigner: Sendable {
    private let secret: SymmetricKey
    private let algorithm: SecretAlgorithm
    private let settings: JWTSettings

    /// - Parameter settings: those of the server that will verify; `sub` is written beside its claim for the user.
    public init(
        secret: String, algorithm: SecretAlgorithm = .hs256, settings: JWTSettings = JWTSettings()
    ) {
        self.secret = SymmetricKey(data: Array(secret.utf8))
        self.algorithm = algorithm
        self.settings = settings
    }

    /// Signs a token for one user.
    public func token(for user: UserID, lifetime: Duration, now: Timestamp) -> (token: String, expiresAt: Timestamp) {
        // Claims are whole seconds; rounding up keeps a token from being shorter than promised.
        let expiresAt = Timestamp(seconds: (now + lifetime + .milliseconds(999)).seconds)
        var members = [
            JSON.Member("sub", .string(user.rawValue)),
            JSON.Member("iat", .number(String(now.seconds))),
            JSON.Member("exp", .number(String(expiresAt.seconds))),
        ]
        if settings.userClaim != "sub" {
            members.insert(JSON.Member(settings.userClaim, .string(user.rawValue)), at: 0)
        }
        if let issuer = settings.issuer.first { members.append(JSON.Member("iss", .string(issuer))) }
        if let audience = settings.audience.first { members.append(JSON.Member("aud", .string(audience))) }
        return (sign(header: ["alg": algorithm.rawValue, "typ": "JWT"], payload: .object(members)), expiresAt)
    }

    func sign(header: KeyValuePairs<String, String>, payload: JSON) -> String {
        let header = JSON.object(header.map { JSON.Member($0.key, .string($0.value)) })
        let input = Base64URL.encode(Array(header.text.utf8)) + "." + Base64URL.encode(Array(payload.text.utf8))
        return input + "." + Base64URL.encode(code(for: Array(input.utf8)))
    }

    private func code(for input: [UInt8]) -> [UInt8] {
        switch algorithm {
        case .hs256: Array(HMAC<SHA256>.authenticationCode(for: input, using: secret))
        case .hs384: Array(HMAC<SHA384>.authenticationCode(for: input, using: secret))
        case .hs512: Array(HMAC<SHA512>.authenticationCode(for: input, using: secret))
        }
    }
}
