/// How JSON Web Tokens are judged.
public struct JWTSettings: Sendable, Equatable {
    /// `auth.jwt.user-claim`: names the user; `sub` is asked where it is absent.
    public var userClaim: String
    /// `auth.jwt.require-expiry`: refuse tokens that never end.
    public var requiresExpiry: Bool
    /// `auth.jwt.leeway`: how far the issuer's clock may be off.
    public var leeway: Duration
    /// `auth.jwt.audience`: one of these must be among a token's `aud`; empty asks for none.
    public var audience: [String]
    /// `auth.jwt.issuer`: one of these must be a token's `iss`; empty asks for none.
    public var issuer: [String]
    /// Verified tokens remembered at most.
    public var cacheLimit: Int

    public init(
        userClaim: String = "user_id", requiresExpiry: Bool = true, leeway: Duration = .seconds(5),
        audience: [String] = [], issuer: [String] = [], cacheLimit: Int = 65_536
    ) {
        self.userClaim = userClaim
        self.requiresExpiry = requiresExpiry
        self.leeway = leeway
        self.audience = audience
        self.issuer = issuer
        self.cacheLimit = cacheLimit
    }

    /// The longest token that is looked at, in bytes (RULES 44).
    public static let tokenByteLimit = 4096
}
