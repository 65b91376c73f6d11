import HTTPTypes
import NIOHTTP1
import PealAuth
import PealCore

/// Reads a request's head: whether it is for the gateway, and whether it may come in as far as the head can tell.
struct Doorkeeper: Sendable {
    let origins: OriginRule
    let requiresLoopbackHost: Bool
    let cookie: String?
    let firstPageLimit: Int
    let longPollWait: Duration
    let longPollWaitLimit: Duration
    /// Of WebSockets that choose none.
    let dialect: Dialect
    let authRefusal: AuthRefusal
    let compresses: Bool

    init(_ settings: GatewaySettings, dialect: Dialect? = nil) {
        self.dialect = dialect ?? settings.dialect
        authRefusal = settings.authRefusal
        origins = OriginRule(settings.origins, allowsCredentials: settings.cookie != nil)
        requiresLoopbackHost = settings.requiresLoopbackHost
        cookie = settings.cookie
        firstPageLimit = settings.firstPageLimit
        longPollWait = min(settings.longPollWait, settings.longPollWaitLimit)
        longPollWaitLimit = settings.longPollWaitLimit
        compresses = settings.compression
    }

    private enum Path {
        case webSocket, eventStream, longPoll

        init?(_ head: RequestHead) {
            switch head.path {
            case "/ws/notifications", "/v1/ws": self = .webSocket
            case "/notifications" where Doorkeeper.wantsWebSocket(head): self = .webSocket
            case "/sse/notifications", "/v1/sse": self = .eventStream
            case "/v1/sync": self = .longPoll
            default: return nil
            }
        }
    }

    private static func wantsWebSocket(_ head: RequestHead) -> Bool {
        head.list("upgrade", contains: "websocket")
    }

    /// Nil for a request that is not for the gateway; that is seen by its path alone in nearly every case.
    func gatewayHead(_ head: HTTPRequestHead) -> RequestHead? {
        guard Self.paths.contains(String(head.uri.prefix { $0 != "?" })) || Self.lacksHost(head) else { return nil }
        let request = RequestHead(
            method: head.method.rawValue, target: head.uri, isHTTP11: head.version == .http1_1,
            fields: head.headers.map { ($0.name.lowercased(), $0.value) })
        return concerns(request) ? request : nil
    }

    /// The same for a request over HTTP/2, where a WebSocket has no place.
    func gatewayHead(_ head: HTTPRequest) -> RequestHead? {
        let target = head.path ?? "/"
        guard Self.paths.contains(String(target.prefix { $0 != "?" })) else { return nil }
        var fields = head.headerFields.map { ($0.name.canonicalName, $0.value) }
        if let authority = head.authority { fields.insert(("host", authority), at: 0) }
        let request = RequestHead(method: head.method.rawValue, target: target, isHTTP11: false, fields: fields)
        return concerns(request) ? request : nil
    }

    static let paths: Set<String> = [
        "/ws/notifications", "/v1/ws", "/notifications", "/sse/notifications", "/v1/sse", "/v1/sync",
    ]

    private static func lacksHost(_ head: HTTPRequestHead) -> Bool {
        head.version == .http1_1 && head.headers[canonicalForm: "host"].count != 1
    }

    /// Whether a head is for the gateway, so that it must not be handed on. What has no host, or two, is refused here
    /// whatever it is for.
    func concerns(_ head: RequestHead) -> Bool {
        guard !head.lacksHost else { return true }
        guard let path = Path(head) else { return false }
        switch head.method {
        case "GET": return true
        case "OPTIONS": return Self.isPreflight(head) && path != .webSocket
        // That path has other methods, which are the router's.
        default: return head.path != "/notifications"
        }
    }

    /// WHATWG Fetch §4.8; any other OPTIONS is not for us.
    private static func isPreflight(_ head: RequestHead) -> Bool {
        head.method == "OPTIONS" && head.field("origin") != nil
            && head.field("access-control-request-method") != nil
    }

    /// - Parameter refusal: why nobody is let in now, asked for a request that is well-formed, before its token is looked at.
    ///   It is told whether the request is for a stream; a long poll is an ordinary request to a proxy.
    func admit(
        _ head: RequestHead, refusal: (_ isStream: Bool) -> HTTPAnswer? = { _ in nil }
    ) -> Admission {
        guard !head.lacksHost else {
            return .answer(.hostMissing.stayingOpen(Self.keepsConnection(head) && !Self.hasBody(head)))
        }
        guard concerns(head), let path = Path(head) else { return .ordinary }
        if requiresLoopbackHost, !(head.field("host").map(Loopback.isLoopback) ?? false) {
            return .answer(.foreignHost)
        }
        let cors = path == .webSocket ? [] : origins.corsFields(for: head)
        let admission =
            switch head.method {
            case "GET": admit(head, path: path, cors: cors, refusal: refusal)
            case "OPTIONS": Admission.answer(Self.hasBody(head) ? .bodyNotAllowed : preflight(cors))
            default: Admission.answer(.methodNotAllowed(head))
            }
        guard case .answer(var answer) = admission else { return admission }
        answer.fields += cors
        return .answer(answer.stayingOpen(Self.keepsConnection(head) && !Self.hasBody(head)))
    }

    /// Whether the client wants the connection back.
    private static func keepsConnection(_ head: RequestHead) -> Bool {
        head.isHTTP11 && !head.list("connection", contains: "close")
    }

    private func admit(
        _ head: RequestHead, path: Path, cors: [(String, String)], refusal: (_ isStream: Bool) -> HTTPAnswer?
    ) -> Admission {
        if path == .webSocket, let answer = webSocketProblem(head) { return .answer(answer) }
        if Self.hasBody(head) { return .answer(.bodyNotAllowed) }
        guard origins.allows(head) else {
            return .answer(.originNotAllowed)
        }
        if let answer = refusal(path != .longPoll) { return .answer(answer) }
        let query = QueryString(of: head.target)
        let offer = SubprotocolOffer(head)
        do throws(HeadProblem) {
            let explicit = try TokenSource.credential(head, query: query, offer: path == .webSocket ? offer : nil)
            let credential = if let explicit { explicit } else { try cookieCredential(head) }
            let dialect = try chosenDialect(query, path: path, offer: offer)
            let limit = try Self.limit(query, default: dialect == .inbox ? ClientRequest.listLimit : firstPageLimit)
            let kind: GatewayRequest.Kind =
                switch path {
                case .webSocket:
                    .webSocket(
                        key: head.field("sec-websocket-key") ?? "", selectsProtocol: offer.hasPeal,
                        deflate: try deflate(head))
                case .eventStream: .eventStream
                case .longPoll: .longPoll(wait: try wait(query))
                }
            let lastEventID = path == .eventStream ? head.field("last-event-id") : nil
            return .gateway(
                GatewayRequest(
                    kind: kind, credential: credential, since: lastEventID ?? query["since"], limit: limit,
                    dialect: dialect, corsFields: cors, keepsConnection: Self.keepsConnection(head)))
        } catch {
            let key = path == .webSocket ? head.field("sec-websocket-key") : nil
            return .answer(error.answer.asRefusal(authRefusal, webSocketKey: key, selectsProtocol: offer.hasPeal))
        }
    }

    /// A program that offers Peal's own sub-protocol speaks it wherever it connects.
    private func chosenDialect(
        _ query: QueryString, path: Path, offer: SubprotocolOffer
    ) throws(HeadProblem) -> Dialect {
        guard let name = query["dialect"], !name.isEmpty else {
            return path == .webSocket && !offer.hasPeal ? dialect : .peal
        }
        guard let named = Dialect(rawValue: name), path != .longPoll || named == .peal else {
            throw HeadProblem(
                .problem(.badRequest, "invalid_dialect", "there is no such dialect here", failure: .protocol))
        }
        return named
    }

    /// Only where nothing was given explicitly: browsers send it whether the page wants it or not.
    private func cookieCredential(_ head: RequestHead) throws(HeadProblem) -> Credential {
        let fields = head.fields.lazy.filter { $0.name == "cookie" }.map(\.value)
        let tokens = cookie.map { TokenCookie.values(of: $0, in: Array(fields)) } ?? []
        guard let token = tokens.first else { throw HeadProblem(.refused(AuthError(.missing, "no token was given"))) }
        guard tokens.allSatisfy({ $0 == token }) else { throw HeadProblem(.tokenMismatch) }
        guard origins.allowsCookie(head) else { throw HeadProblem(.originNotAllowed) }
        return .token(token)
    }

    /// Every field counts: whoever went by another than we do would see another request begin (RFC 9112 §6.3).
    private static func hasBody(_ head: RequestHead) -> Bool {
        head.fields.contains { name, value in
            name == "transfer-encoding" || name == "content-length" && value != "0"
        }
    }

    private func webSocketProblem(_ head: RequestHead) -> HTTPAnswer? {
        guard Self.wantsWebSocket(head), head.list("connection", contains: "upgrade"), head.isHTTP11,
            head.field("sec-websocket-version") == "13"
        else { return .upgradeRequired }
        guard let key = head.field("sec-websocket-key"), WebSocketKey.isValid(key) else {
            return .problem(.badRequest, "invalid_key", "Sec-WebSocket-Key is not 16 bytes", failure: .protocol)
        }
        return nil
    }

    private func deflate(_ head: RequestHead) throws(HeadProblem) -> DeflateAgreement? {
        guard compresses else { return nil }
        guard let offers = ExtensionOffer.all(in: head) else {
            // RFC 6455 §9.1: what does not follow its grammar fails the connection.
            throw HeadProblem(
                .problem(
                    .badRequest, "invalid_extensions", "Sec-WebSocket-Extensions is malformed", failure: .protocol))
        }
        return DeflateAgreement(firstOf: offers)
    }

    private func preflight(_ cors: [(String, String)]) -> HTTPAnswer {
        var answer = HTTPAnswer(status: .noContent, closesConnection: false)
        if cors.contains(where: { $0.0 == "Access-Control-Allow-Origin" }) {
            answer.fields += [
                ("Access-Control-Allow-Methods", "GET"),
                ("Access-Control-Allow-Headers", "Authorization, Last-Event-ID, Cache-Control"),
                ("Access-Control-Max-Age", "7200"),
            ]
        }
        return answer
    }

    private static func limit(_ query: QueryString, default standard: Int) throws(HeadProblem) -> Int {
        guard let text = query["limit"], !text.isEmpty else { return standard }
        guard let limit = Int(text), limit > 0 else {
            throw HeadProblem(.problem(.badRequest, "invalid_limit", "limit is not a number", failure: .protocol))
        }
        return min(limit, ClientRequest.listLimit)
    }

    private func wait(_ query: QueryString) throws(HeadProblem) -> Duration {
        guard let text = query["wait"], !text.isEmpty else { return longPollWait }
        guard let seconds = Int64(text), seconds >= 0 else {
            throw HeadProblem(.problem(.badRequest, "invalid_wait", "wait is not a number", failure: .protocol))
        }
        return min(.seconds(min(seconds, 3600)), longPollWaitLimit)
    }
}
