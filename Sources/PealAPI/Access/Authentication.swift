import HTTPTypes
import Hummingbird
import PealAuth
import PealCore

/// Tells who is calling, and refuses who may not.
struct Authentication: Sendable {
    let verifier: any TokenVerifier
    let keyring: APIKeyring
    let cookie: String?
    let origins: Origins
    let clock: @Sendable () -> Timestamp

    /// The user whose inbox is meant: the holder of the token, or whom a key with scope `act-as` names by `?user_id=`.
    func user(of request: Request) async throws(Problem) -> UserID {
        let token = try userToken(of: request)
        let named = request.query("user_id")
        guard Self.looksLikeKey(token) else {
            let user = try await claims(token).user
            if let named, UserID(named) != user {
                throw Problem(.forbidden, "forbidden", "a user's token is good for that user alone")
            }
            return user
        }
        _ = try key(token, scope: .actAs)
        guard let named else {
            throw Problem(.badRequest, "user_id_required", "an API key needs ?user_id= to say whose inbox is meant")
        }
        guard let user = UserID(named) else { throw Problem.invalidParameter("user_id", "is not a user id") }
        return user
    }

    /// What the token of a user says; an API key will not do, because what it opens has no end.
    func claims(of request: Request) async throws(Problem) -> Claims {
        let token = try userToken(of: request, allowsQuery: false)
        guard Self.looksLikeKey(token) else { return try await claims(token) }
        _ = try key(token, scope: .actAs)
        throw Problem(.forbidden, "user_token_required", "this needs a user's token; an API key is not enough")
    }

    /// The API key of a producer, with one of these scopes.
    func key(of request: Request, scope: Scope...) async throws(Problem) -> APIKeyRecord {
        guard let token = try Self.token(of: request, allowsQuery: false) else { throw .missing }
        guard Self.looksLikeKey(token) else {
            _ = try await claims(token)
            throw Problem(.forbidden, "api_key_required", "this needs an API key; a user's token is not enough")
        }
        return try key(token, scopes: scope)
    }

    private func key(_ plain: String, scope: Scope) throws(Problem) -> APIKeyRecord {
        try key(plain, scopes: [scope])
    }

    private func key(_ plain: String, scopes: [Scope]) throws(Problem) -> APIKeyRecord {
        guard let record = keyring.lookup(plain) else { throw .unauthorized("key_unknown", "the API key is not known") }
        guard scopes.contains(where: record.allows) else {
            let names = scopes.map(\.rawValue).joined(separator: " or ")
            throw Problem(.forbidden, "scope_missing", "the API key does not have scope \(names)")
        }
        keyring.noteUse(of: record, at: clock())
        return record
    }

    private func claims(_ token: String) async throws(Problem) -> Claims {
        do throws(AuthError) {
            if let verdict = verifier.verifyNow(token) { return try verdict.get() }
            return try await verifier.verify(token)
        } catch {
            throw Problem(error)
        }
    }

    /// A JSON Web Token has two dots; no key of ours has one.
    private static func looksLikeKey(_ token: String) -> Bool {
        token.hasPrefix(APIKey.prefix) || !token.utf8.contains(UInt8(ascii: "."))
    }

    private func userToken(of request: Request, allowsQuery: Bool = true) throws(Problem) -> String {
        if let token = try Self.token(of: request, allowsQuery: allowsQuery) { return token }
        guard let token = try cookieToken(of: request) else { throw .missing }
        return token
    }

    /// Only where nothing was given explicitly: browsers send it whether the page wants it or not.
    private func cookieToken(of request: Request) throws(Problem) -> String? {
        guard let cookie, let token = TokenCookie.values(of: cookie, in: request.headers[values: .cookie]).first,
            !Self.looksLikeKey(token)
        else { return nil }
        guard TokenCookie.values(of: cookie, in: request.headers[values: .cookie]).allSatisfy({ $0 == token }) else {
            throw Problem(.badRequest, "token_mismatch", "two cookies carry different tokens")
        }
        guard origins.allowsCookie(request) else { throw Origins.refusal }
        return token
    }

    /// The header wins over the query; two that differ are a mistake that must not be guessed at (RULES 40).
    private static func token(of request: Request, allowsQuery: Bool) throws(Problem) -> String? {
        let inQuery = allowsQuery ? request.query("token").flatMap { $0.isEmpty ? nil : $0 } : nil
        guard let header = request.headers[.authorization] else { return inQuery }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .unauthorized("token_malformed", "the Authorization header is not of the form Bearer <token>")
        }
        let token = parts[1].drop { $0 == " " }
        if let inQuery, inQuery != token {
            throw Problem(.badRequest, "token_mismatch", "the header and the query carry different tokens")
        }
        return String(token)
    }
}

extension Problem {
    init(_ error: AuthError) {
        let code = "\(error.code.problemCode)"
        switch error.code {
        case .revoked: self.init(.forbidden, code, error.message)
        case .unavailable:
            self.init(.serviceUnavailable, code, error.message, headers: [.retryAfter: "\(AuthError.retryAfter)"])
        default: self = .unauthorized(code, error.message)
        }
    }

    fileprivate static var missing: Problem { unauthorized("token_missing", "no token was given") }

    /// With the challenge that RFC 6750 §3 asks for.
    fileprivate static func unauthorized(_ code: String, _ detail: String) -> Problem {
        let challenge =
            code == "token_missing" ? "Bearer realm=\"peal\"" : "Bearer realm=\"peal\", error=\"invalid_token\""
        return Problem(.unauthorized, code, detail, headers: [.wwwAuthenticate: challenge])
    }
}
