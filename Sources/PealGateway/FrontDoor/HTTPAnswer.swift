import HTTPTypes
import NIOCore
import NIOHTTP1
import PealAuth
import PealCore

/// A whole HTTP answer of the gateway.
struct HTTPAnswer: Sendable {
    var status: HTTPResponseStatus
    var fields: [(String, String)] = []
    var body: WireBytes?
    /// Whether it answers a `HEAD`: of the body only its length goes over the wire.
    var omitsBody = false
    /// A refusal ends the connection, except where the client keeps to HTTP on it: ``stayingOpen(_:)``.
    var closesConnection = true
    /// Nil where the answer is no error.
    var failure: GatewayMetrics.ErrorKind?
    /// The limit behind a refusal.
    var limit: GatewayMetrics.Limit?
    /// Of the problem; empty where the answer is none.
    var code: StaticString = ""

    /// An upgrade that is refused leaves the connection to HTTP (RFC 9110 §7.8), and the client may have sent its next
    /// request already; behind a proxy that keeps connections others use it. Who comes too often, or when there is no
    /// room, is closed all the same.
    func stayingOpen(_ staysOpen: Bool) -> Self {
        var answer = self
        switch failure {
        case .auth, .origin, .protocol: if staysOpen, status != .switchingProtocols { answer.closesConnection = false }
        default: break
        }
        return answer
    }

    /// The head and body as they go over the wire (RFC 9112).
    var bytes: WireBytes {
        var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
        for (name, value) in allFields { text += "\(name): \(value)\r\n" }
        var bytes = WireBytes(string: text + "\r\n")
        if let body = sentBody { bytes.writeImmutableBuffer(body) }
        return bytes
    }

    var head: HTTPResponseHead {
        HTTPResponseHead(version: .http1_1, status: status, headers: HTTPHeaders(allFields))
    }

    /// For HTTP/2.
    var response: HTTPResponse { response(allFields) }

    /// For HTTP/2, where the body follows without a length.
    var responseHead: HTTPResponse { response(fields) }

    private func response(_ fields: [(String, String)]) -> HTTPResponse {
        var response = HTTPResponse(status: .init(code: Int(status.code)))
        for (name, value) in fields {
            guard let name = HTTPField.Name(name), !Self.connectionFields.contains(name) else { continue }
            response.headerFields.append(HTTPField(name: name, value: value))
        }
        return response
    }

    /// Fields about one connection, which HTTP/2 does not carry (RFC 9113 §8.2.2).
    static let connectionFields: Set<HTTPField.Name> = [
        .connection, .transferEncoding, .upgrade, .keepAlive, .proxyConnection,
    ]

    var sentBody: WireBytes? { omitsBody ? nil : body }

    private var allFields: [(String, String)] {
        var all = fields
        // What follows is no body (RFC 9110 §15.2).
        guard status != .switchingProtocols else { return all }
        if let body {
            all.append(("Content-Length", "\(body.readableBytes)"))
        } else if status != .noContent {
            all.append(("Content-Length", "0"))
        }
        if closesConnection { all.append(("Connection", "close")) }
        return all
    }
}

extension Duration {
    /// For `Retry-After`, which knows whole seconds only.
    fileprivate var wholeSecondsUp: Int { Int(max(1, (wholeMilliseconds + 999) / 1000)) }
}

extension HTTPField.Name {
    fileprivate static let keepAlive = known("Keep-Alive")
    fileprivate static let proxyConnection = known("Proxy-Connection")

    private static func known(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is not a token (RFC 9110 §5.1)") }
        return name
    }
}

// MARK: - Refusals (RFC 9457)

extension HTTPAnswer {
    static func problem(
        _ status: HTTPResponseStatus, _ code: StaticString, _ detail: String, fields: [(String, String)] = [],
        failure: GatewayMetrics.ErrorKind
    ) -> Self {
        var json = JSONWriter()
        json.beginObject()
        json.name("type")
        json.value("urn:peal:problem:\(code)")
        json.name("title")
        json.value(status.reasonPhrase)
        json.name("status")
        json.value(status.code)
        json.name("code")
        json.value(code)
        json.name("detail")
        json.value(detail)
        json.endObject()
        return Self(
            status: status,
            fields: [
                ("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"),
                ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"),
            ] + fields,
            body: WireBytes(bytes: json.bytes), failure: failure, code: code)
    }

    static func refused(_ error: AuthError) -> Self {
        let code = error.code.problemCode
        if error.code == .revoked { return problem(.forbidden, code, error.message, failure: .auth) }
        if error.code == .unavailable {
            return unavailable(code, error.message, retryAfter: AuthError.retryAfter)
        }
        // RFC 6750 §3.1: no error code where no token was given.
        let challenge =
            error.code == .missing
            ? #"Bearer realm="peal""# : #"Bearer realm="peal", error="invalid_token", error_description="\#(code)""#
        return problem(
            .unauthorized, code, error.message, fields: [("WWW-Authenticate", challenge)], failure: .auth)
    }

    static let upgradeRequired = problem(
        .upgradeRequired, "upgrade_required", "this path is a WebSocket",
        fields: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")],
        failure: .protocol)

    static let bodyNotAllowed = problem(
        .badRequest, "body_not_allowed", "the request has a body", failure: .protocol)

    static let originNotAllowed = problem(
        .forbidden, "origin_not_allowed", "this origin is not allowed", failure: .origin)

    static let tokenMismatch = problem(
        .badRequest, "token_mismatch", "two different tokens were given", failure: .auth)

    static func methodNotAllowed(_ head: RequestHead) -> Self {
        var answer = problem(
            .methodNotAllowed, "method_not_allowed", "this path takes GET", fields: [("Allow", "GET")],
            failure: .protocol)
        answer.omitsBody = head.method == "HEAD"
        return answer
    }

    static func unavailable(
        _ code: StaticString, _ detail: String, retryAfter seconds: Int, limit: GatewayMetrics.Limit? = nil
    ) -> Self {
        var answer = problem(
            .serviceUnavailable, code, detail, fields: [("Retry-After", "\(seconds)")], failure: .capacity)
        answer.limit = limit
        return answer
    }

    /// - Parameter delay: when the next server is expected to be there.
    static func draining(_ delay: Duration) -> Self {
        unavailable(
            "draining", "the server is being restarted", retryAfter: delay.wholeSecondsUp, limit: .draining)
    }

    static var tooManySessions: Self {
        unavailable("too_many_sessions", "the server is full", retryAfter: .random(in: 5...15), limit: .sessions)
    }

    static var tooManyConnections: Self {
        unavailable(
            "server_full", "the server has no room for another connection", retryAfter: .random(in: 5...15),
            limit: .connections)
    }

    /// The same for a connection that was counted when it came.
    static var surplusConnection: Self {
        var answer = tooManyConnections
        answer.limit = nil
        return answer
    }

    static var tooManyHandshakes: Self {
        unavailable("busy", "too many clients connect at this moment", retryAfter: .random(in: 1...5), limit: .rate)
    }

    static var tooManyFromAddress: Self {
        var answer = problem(
            .tooManyRequests, "too_many_from_address", "too many connections from this address",
            fields: [("Retry-After", "\(Int.random(in: 10...30))")], failure: .capacity)
        answer.limit = .address
        return answer
    }

    static let foreignHost = problem(
        .misdirectedRequest, "host_not_allowed", "a server started with --dev answers to localhost only",
        failure: .origin)

    /// RFC 9112 §3.2.
    static let hostMissing = problem(
        .badRequest, "host_missing", "a request names its host, once", failure: .protocol)

    static let headTooLarge = problem(
        .requestHeaderFieldsTooLarge, "head_too_large", "the head of the request is too large", failure: .protocol)
}
