import NIOCore
import PealAuth
import PealCore

/// What a session begins with once its token has been checked. It travels to the loop that is going to have the session.
struct Takeover: Sendable {
    /// Of the session to be; unique on this node.
    let id: UInt64
    let gateway: Gateway
    private let wire: Wire
    private let dialect: Dialect
    private let compression: Compression
    private let claims: Claims
    private let since: String?
    private let limit: Int
    /// The head of the answer; over HTTP/2 what follows it.
    private let answer: WireBytes

    /// Nil for a long poll, which gives its connection back.
    init?(_ request: GatewayRequest, _ claims: Claims, gateway: Gateway, id: UInt64, isHTTP2: Bool = false) {
        switch request.kind {
        case .webSocket(let key, let selectsProtocol, let deflate):
            wire = .webSocket
            compression = deflate?.compression ?? .none
            answer = Self.switchingProtocols(key: key, selectsProtocol: selectsProtocol, deflate: deflate)
        case .eventStream:
            wire = .eventStream
            compression = .none
            let retry = WireBytes(string: "retry: \(gateway.settings.sseRetry.wholeMilliseconds)\n\n")
            answer = isHTTP2 ? retry : Self.eventStream(cors: request.corsFields, retry)
        case .longPoll:
            return nil
        }
        self.id = id
        self.gateway = gateway
        self.claims = claims
        since = request.since
        limit = request.limit
        dialect = request.dialect
    }

    private var tag: EpochTag { gateway.hub.store.epoch.tag(for: claims.user) }

    /// The session, for a loop whose clock runs.
    func session(on shard: LoopShard) -> Session {
        let hub = gateway.hub
        var session = Session(
            id: id, user: claims.user, tag: tag, wire: wire, dialect: dialect, rules: hub.rules, now: shard.now)
        session.compression = compression
        session.setExpiry(claims.expiresAt, at: shard.now, time: hub.clock())
        session.grant = Grant(claims)
        return session
    }

    /// After the transport has its connection.
    ///
    /// - Parameter bytes: what came with the head of the request.
    func begin(_ stream: StreamSession, with bytes: ByteBuffer?) {
        stream.begin(answer, since: Since(since, tag: tag), limit: limit)
        stream.closeIfRevoked(by: gateway.verifier)
        bytes?.withUnsafeReadableBytes { stream.take($0) }
    }

    private static func switchingProtocols(
        key: String, selectsProtocol: Bool, deflate: DeflateAgreement?
    ) -> WireBytes {
        var selected = selectsProtocol ? "Sec-WebSocket-Protocol: \(SubprotocolOffer.peal)\r\n" : ""
        if let deflate { selected += "Sec-WebSocket-Extensions: \(deflate.answer)\r\n" }
        return WireBytes(
            string: """
                HTTP/1.1 101 Switching Protocols\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Accept: \(WebSocketKey.accept(key))\r
                \(selected)\r\n
                """)
    }

    /// The head of the answer, and how long the browser is to wait before it comes back by itself (WHATWG HTML §9.2). The
    /// stream ends with the connection.
    private static func eventStream(cors: [(String, String)], _ retry: WireBytes) -> WireBytes {
        var text = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
        for (name, value) in eventStreamFields(cors: cors) { text += "\(name): \(value)\r\n" }
        var bytes = WireBytes(string: text + "\r\n")
        bytes.writeImmutableBuffer(retry)
        return bytes
    }

    static func eventStreamFields(cors: [(String, String)]) -> [(String, String)] {
        [
            ("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-store, no-transform"),
            ("X-Accel-Buffering", "no"), ("Referrer-Policy", "no-referrer"),
        ] + cors
    }
}
