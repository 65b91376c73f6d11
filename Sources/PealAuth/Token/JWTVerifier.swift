public import PealCore
import Synchronization

/// Verifies JSON Web Tokens (RFC 7519), and remembers those that come again until they expire.
public final class JWTVerifier: TokenVerifier {
    private let keys: TokenKeys
    private let revocations: Revocations
    private let settings: JWTSettings
    private let clock: @Sendable () -> Timestamp
    private let cache: TokenCache
    private let knownWithdrawals = Atomic<Int>(0)

    /// HS256 with a shared secret; see ``weakness(of:)`` for what not to use.
    ///
    /// - Parameter clock: what decides whether a token has expired.
    public convenience init(
        secret: String, settings: JWTSettings = JWTSettings(), clock: @escaping @Sendable () -> Timestamp
    ) {
        self.init(keys: TokenKeys(secret: secret, clock: clock), settings: settings, clock: clock)
    }

    /// - Parameter clock: what decides whether a token has expired.
    public init(
        keys: TokenKeys, settings: JWTSettings = JWTSettings(), revocations: Revocations = Revocations(),
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.keys = keys
        self.revocations = revocations
        self.settings = settings
        self.clock = clock
        cache = TokenCache(limit: settings.cacheLimit)
    }

    public func verifyNow(_ token: String) -> Result<Claims, AuthError>? {
        do throws(AuthError) {
            return try claimsNow(of: token).map { .success($0) }
        } catch {
            return .failure(error)
        }
    }

    public func verify(_ token: String) async throws(AuthError) -> Claims {
        if let claims = try claimsNow(of: token) { return claims }
        let compact = try CompactToken(token)
        let withdrawals = keys.withdrawalCount
        try await keys.check(compact)
        return try accept(compact, token, withdrawals)
    }

    /// Nil where the key is not known yet.
    private func claimsNow(of token: String) throws(AuthError) -> Claims? {
        guard !token.isEmpty else { throw AuthError(.missing, "no token was given") }
        if let claims = cached(token) { return claims }
        let compact = try CompactToken(token)
        let withdrawals = keys.withdrawalCount
        guard try keys.checkNow(compact) else { return nil }
        return try accept(compact, token, withdrawals)
    }

    /// - Parameter withdrawals: how many keys had gone before the signature was checked.
    private func accept(_ compact: CompactToken, _ token: String, _ withdrawals: Int) throws(AuthError) -> Claims {
        let claims = try claims(of: compact.payload)
        if let refusal = refusal(of: claims.user, Grant(claims)) { throw refusal }
        let digest = TokenDigest(of: token)
        cache.insert(claims, for: digest, isCheap: try compact.algorithm().isSymmetric)
        // The key may have gone between the check and the insertion.
        if keys.withdrawalCount != withdrawals { cache.remove(digest) }
        return claims
    }

    /// A token that was verified before and is still valid.
    func cached(_ token: String) -> Claims? {
        guard token.utf8.count <= JWTSettings.tokenByteLimit else { return nil }
        forgetWhatWithdrawnKeysSigned()
        let digest = TokenDigest(of: token)
        guard let claims = cache.find(digest) else { return nil }
        if hasExpired(claims) {
            cache.remove(digest)
            return nil
        }
        return refusal(of: claims.user, Grant(claims)) == nil ? claims : nil
    }

    public func refusal(of user: UserID, _ grant: Grant) -> AuthError? { revocations.refusal(of: user, grant) }

    private func forgetWhatWithdrawnKeysSigned() {
        let count = keys.withdrawalCount
        guard knownWithdrawals.load(ordering: .relaxed) != count else { return }
        cache.removeAll()
        knownWithdrawals.store(count, ordering: .releasing)
    }

    /// How many tokens are remembered; for tests and metrics.
    var cachedCount: Int { cache.count }

    private func hasExpired(_ claims: Claims) -> Bool {
        guard let expiry = claims.expiresAt else { return false }
        return clock() >= expiry + settings.leeway
    }

    private func claims(of payload: JSON) throws(AuthError) -> Claims {
        let claims = Claims(
            user: try user(of: payload), expiresAt: try time("exp", of: payload),
            issuedAt: try time("iat", of: payload), id: payload["jti"]?.string)
        if claims.expiresAt == nil, settings.requiresExpiry {
            throw AuthError(.invalid, "the token has no exp")
        }
        if hasExpired(claims) { throw AuthError(.expired, "the token has expired") }
        if let start = try time("nbf", of: payload), clock() + settings.leeway < start {
            throw AuthError(.notYetValid, "the token is not valid yet")
        }
        if let issuedAt = claims.issuedAt, clock() + settings.leeway < issuedAt {
            throw AuthError(.notYetValid, "the token was issued in the future")
        }
        try checkOrigin(of: payload)
        return claims
    }

    /// RFC 7519 §4.1.1, §4.1.3.
    private func checkOrigin(of payload: JSON) throws(AuthError) {
        if !settings.issuer.isEmpty {
            guard let issuer = payload["iss"]?.string, settings.issuer.contains(issuer) else {
                throw AuthError(.invalid, "the token's issuer (iss) is not one that is trusted")
            }
        }
        if !settings.audience.isEmpty {
            let audience = payload["aud"]?.array ?? payload["aud"].map { [$0] } ?? []
            guard audience.contains(where: { $0.string.map(settings.audience.contains) ?? false }) else {
                throw AuthError(.invalid, "the token is meant for somebody else (aud)")
            }
        }
    }

    private func user(of payload: JSON) throws(AuthError) -> UserID {
        for name in [settings.userClaim, "sub"] {
            guard let claim = payload[name], !claim.isNull else { continue }
            guard let user = claim.identifier.flatMap(UserID.init) else {
                throw AuthError(.invalid, "the token's \(name) does not name a user")
            }
            return user
        }
        throw AuthError(.invalid, "the token names no user (\(settings.userClaim) or sub)")
    }

    /// A NumericDate: seconds since the epoch, fractions allowed (RFC 7519 §2).
    private func time(_ name: String, of payload: JSON) throws(AuthError) -> Timestamp? {
        guard let claim = payload[name], !claim.isNull else { return nil }
        guard case .number(let text) = claim, let seconds = Double(text), seconds.magnitude <= 253_402_300_799 else {
            throw AuthError(.malformed, "the token's \(name) is not a time in seconds")
        }
        return Timestamp(milliseconds: Int64(seconds * 1000))
    }
}
