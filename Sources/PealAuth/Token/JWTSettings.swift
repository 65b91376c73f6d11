/// How JSON Web Tokens are judged.
public struct JWTSettings: Sendable, Equatable {
    /// `auth.jwt.user-claim`: names the user; `sub` is asked where it is absent.
    public var userClaim: String
    /// `auth.jwt.require-expiry`: refuse tokens that never end.
    public var requiresExpiry: Bool
    /// `auth.jwt.leeway`: how far the issuer's clock may be off.
    public var leeway: Duration
    /// Verified tokens remembered at most.
    public var cacheLimit: Int

    public init(
        userClaim: String = "user_id", requiresExpiry: Bool = true, leeway: Duration = .seconds(5),
        cacheLimit: Int = 65_536
    ) {
        self.userClaim = userClaim
        self.requiresExpiry = requiresExpiry
        self.leeway = leeway
        self.cacheLimit = cacheLimit
    }

    /// The longest token that is looked at, in bytes (RULES 44).
    public static let tokenByteLimit = 4096
}
