import HTTPTypes
import Hummingbird
import PealAuth

/// Which web pages may call, by the `Origin` that browsers send (setting `http.origins`).
///
/// Without the setting every page may: the token is explicit, so there is nothing to forge. A token from a cookie
/// (`auth.cookie`) needs a page of this host or a listed one; only to those do answers allow credentials.
struct Origins: Sendable {
    enum Verdict: Equatable {
        /// No page is calling.
        case none
        case allowed(String)
        case refused
    }

    private let listed: Set<String>
    private let allowsCredentials: Bool

    init(_ settings: APISettings) {
        listed = Set(settings.origins.map { $0.lowercased() }.filter { $0 != "*" })
        allowsCredentials = settings.cookie != nil
    }

    func judge(_ request: Request) -> Verdict {
        guard let origin = request.headers[.origin] else { return .none }
        if listed.isEmpty { return .allowed(allowsCredentials && allowsCookie(request) ? origin : "*") }
        if listed.contains(origin.lowercased()) || Self.isSameHost(origin, request) { return .allowed(origin) }
        return .refused
    }

    /// Whether a page was served by this very host and port.
    static func isSameHost(_ origin: String, _ request: Request) -> Bool {
        guard let authority = request.head.authority else { return false }
        let host = ["http://", "https://"].lazy.filter(origin.hasPrefix).map { origin.dropFirst($0.utf8.count) }.first
        return host?.lowercased() == authority.lowercased()
    }

    /// Whether a token from a cookie counts.
    func allowsCookie(_ request: Request) -> Bool {
        TokenCookie.isOwn(
            origin: request.headers[.origin], fetchSite: request.headers[.secFetchSite], host: request.head.authority,
            listed: listed)
    }

    static func isPreflight(_ request: Request) -> Bool {
        request.method == .options && request.headers[.accessControlRequestMethod] != nil
            && request.headers[.origin] != nil
    }

    static let preflight = Response(
        status: .noContent,
        headers: [
            .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
            .accessControlAllowHeaders: """
            Authorization, Cache-Control, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID
            """,
            .accessControlMaxAge: "7200",
        ])

    static let refusal = Problem(
        .forbidden, "origin_not_allowed", "pages of this origin may not call; see the setting http.origins")

    func allow(_ origin: String, _ request: Request, in headers: inout HTTPFields) {
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlExposeHeaders] = """
            Cursor, ETag, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate
            """
        if origin != "*", allowsCredentials, allowsCookie(request) {
            headers[.accessControlAllowCredentials] = "true"
        }
    }
}
