import JWTKit
public import PealCore

/// Makes HS256 tokens: for `peal token` and the demo page. An app signs its own.
public struct TokenSigner: Sendable {
    private let key: SigningKey
    private let userClaim: String

    /// - Parameter userClaim: the claim that will name the user; `sub` is written beside it.
    public init(secret: String, userClaim: String = "user_id") async throws {
        key = try await .hs256(secret: secret)
        self.userClaim = userClaim
    }

    /// Signs a token for one user.
    public func token(
        for user: UserID, lifetime: Duration, now: Timestamp
    ) throws -> (token: String, expiresAt: Timestamp) {
        // Claims are whole seconds; rounding up keeps a token from being shorter than promised.
        let expiresAt = Timestamp(seconds: (now + lifetime + .milliseconds(999)).seconds)
        var members = [
            JSON.Member("sub", .string(user.rawValue)),
            JSON.Member("iat", .number(String(now.seconds))),
            JSON.Member("exp", .number(String(expiresAt.seconds))),
        ]
        if userClaim != "sub" { members.insert(JSON.Member(userClaim, .string(user.rawValue)), at: 0) }
        return (try sign(header: ["alg": key.algorithm.name, "typ": "JWT"], payload: .object(members)), expiresAt)
    }

    func sign(header: KeyValuePairs<String, String>, payload: JSON) throws -> String {
        let header = JSON.object(header.map { JSON.Member($0.key, .string($0.value)) })
        let input = Base64URL.encode(Array(header.text.utf8)) + "." + Base64URL.encode(Array(payload.text.utf8))
        return input + "." + Base64URL.encode(try key.algorithm.sign(Array(input.utf8)))
    }
}
