public import PealCore

/// What a verified token says.
public struct Claims: Sendable, Equatable {
    public var user: UserID
    /// Nil only where tokens without an end are allowed.
    public var expiresAt: Timestamp?
    public var issuedAt: Timestamp?
    /// The token's own id (`jti`).
    public var id: String?

    public init(user: UserID, expiresAt: Timestamp? = nil, issuedAt: Timestamp? = nil, id: String? = nil) {
        self.user = user
        self.expiresAt = expiresAt
        self.issuedAt = issuedAt
        self.id = id
    }
}

/// Why a caller is not let in. The message names what is wrong, never the token.
public struct AuthError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case missing, malformed, invalid, expired, notYetValid, tooLarge
        /// All tokens of the user that were issued until some moment.
        case revoked
        /// This one token.
        case tokenRevoked
        /// The keys that could tell cannot be read now; the caller may ask again.
        case unavailable
        /// A one-time ticket that is unknown, used or too old.
        case ticket

        /// The stable `code` of a problem (RFC 9457), the same on every path that takes a token.
        public var problemCode: StaticString {
            switch self {
            case .missing: "token_missing"
            case .malformed: "token_malformed"
            case .invalid: "token_invalid"
            case .expired: "token_expired"
            case .notYetValid: "token_not_yet_valid"
            case .tooLarge: "token_too_large"
            case .revoked: "user_revoked"
            case .tokenRevoked: "token_revoked"
            case .ticket: "ticket_invalid"
            case .unavailable: "keys_unavailable"
            }
        }
    }

    /// Seconds after which it makes sense to ask again what was `unavailable`.
    public static let retryAfter = 10

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// Tells who holds a token.
public protocol TokenVerifier: Sendable {
    /// The verdict, where it can be given at once: the token is known, or the key that signed it is at hand. Nil where
    /// ``verify(_:)`` has to be asked, because a key may have to be fetched first.
    ///
    /// Quick, and callable from an event loop (RULES 37).
    func verifyNow(_ token: String) -> Result<Claims, AuthError>?

    /// Checks signature, algorithm, times and revocation.
    func verify(_ token: String) async throws(AuthError) -> Claims

    /// Why what was verified before is not to be believed any more. Quick, and callable from an event loop.
    func refusal(of user: UserID, _ grant: Grant) -> AuthError?
}

extension TokenVerifier {
    public func refusal(of user: UserID, _ grant: Grant) -> AuthError? { nil }
}
