import NIOCore
import NIOPosix
import NIOSSL

/// One WebSocket connection to a user's inbox, as a sequence of what happens on it.
struct InboxConnection: Sendable {
    enum Event: Sendable {
        case opened
        case text(String)
        /// The last.
        case ended(WebSocketEnd)
    }

    let events: AsyncStream<Event>
    private let send: @Sendable (String) -> Void

    /// Connects; what goes wrong comes as an event.
    static func open(_ server: ServerAddress, token: String, since cursor: String?) async -> Self {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        let path = "/ws/notifications?dialect=peal" + (cursor.map { "&since=\($0)" } ?? "")
        let handshake = WebSocketHandshake(server: server, path: path, token: token)
        do {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(10))
                .connect(host: server.host, port: server.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = WebSocketClientHandler(handshake, receiver: Receiver(continuation))
                        if server.isEncrypted { try channel.pipeline.syncOperations.addHandler(tls(to: server)) }
                        try channel.pipeline.syncOperations.addHandler(handler)
                        return NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    }
                }
            return Self(events: events) { text in
                channel.eventLoop.execute { channel.value.send(text: text.utf8) }
            }
        } catch {
            continuation.yield(.ended(.failed("\(server.base): \(plainText(of: error))")))
            continuation.finish()
            return Self(events: events) { _ in }
        }
    }

    private static func tls(to server: ServerAddress) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: server.host, port: 0)) != nil
        return try NIOSSLClientHandler(
            context: try NIOSSLContext(configuration: server.tls), serverHostname: isAddress ? nil : server.host)
    }

    private init(events: AsyncStream<Event>, send: @escaping @Sendable (String) -> Void) {
        self.events = events
        self.send = send
    }

    func send(_ text: String) { send(text) }

    private final class Receiver: WebSocketReceiver {
        private let continuation: AsyncStream<Event>.Continuation

        init(_ continuation: AsyncStream<Event>.Continuation) { self.continuation = continuation }

        func opened() { continuation.yield(.opened) }

        func received(_ text: ByteBuffer) { continuation.yield(.text(String(buffer: text))) }

        func ended(_ end: WebSocketEnd) {
            continuation.yield(.ended(end))
            continuation.finish()
        }
    }
}
