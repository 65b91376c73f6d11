import NIOCore
import PealAuth
import PealCore

/// Makes the handler that takes a connection over, once its token has been checked.
struct Takeover {
    let handler: StreamHandler
    /// The head of the answer.
    private let answer: WireBytes
    private let since: Since
    private let limit: Int

    /// Nil for a long poll, which gives its connection back.
    init?(_ request: GatewayRequest, _ claims: Claims, gateway: Gateway, shard: LoopShard, hasHandlersBehind: Bool) {
        let hub = gateway.hub
        let tag = hub.store.epoch.tag(for: claims.user)
        func session(_ wire: Wire) -> Session {
            var session = Session(
                id: shard.makeID(), user: claims.user, tag: tag, wire: wire, rules: hub.rules, now: shard.now)
            session.setExpiry(claims.expiresAt, at: shard.now, time: hub.clock())
            return session
        }
        switch request.kind {
        case .webSocket(let key, let selectsProtocol):
            handler = WebSocketHandler(
                session(.webSocket), gateway: gateway, shard: shard, hasHandlersBehind: hasHandlersBehind,
                messageLimit: hub.settings.maxMessageBytes)
            answer = Self.switchingProtocols(key: key, selectsProtocol: selectsProtocol)
        case .eventStream:
            handler = EventStreamHandler(
                session(.eventStream), gateway: gateway, shard: shard, hasHandlersBehind: hasHandlersBehind)
            answer = EventStreamHandler.head(cors: request.corsFields, retry: hub.settings.sseRetry)
        case .longPoll:
            return nil
        }
        since = Since(request.since, tag: tag)
        limit = request.limit
    }

    /// After the handler has its place in the pipeline.
    ///
    /// - Parameter bytes: what came with the head of the request.
    func begin(with bytes: ByteBuffer?) {
        handler.begin(answer, since: since, limit: limit)
        if let bytes, bytes.readableBytes > 0 { (handler as? WebSocketHandler)?.take(bytes) }
    }

    private static func switchingProtocols(key: String, selectsProtocol: Bool) -> WireBytes {
        let selected = selectsProtocol ? "Sec-WebSocket-Protocol: \(SubprotocolOffer.peal)\r\n" : ""
        return WireBytes(
            string: """
                HTTP/1.1 101 Switching Protocols\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Accept: \(WebSocketKey.accept(key))\r
                \(selected)\r\n
                """)
    }
}
