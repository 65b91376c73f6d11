import NIOCore
import NIOPosix
import NIOSSL
import PealCore
import Synchronization

@testable import PealGateway

#if canImport(Glibc)
    import Glibc
#endif

/// A bare TCP connection: a test sees exactly what is on the wire and can send what no client would.
final class RawConnection: Sendable {
    private struct Inbox {
        var bytes: [UInt8] = []
        var isClosed = false
        var frames: [ServerFrame] = []
    }

    private let channel: any Channel
    private let inbox: Box

    private final class Box: Sendable {
        let state = Mutex(Inbox())
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let box: Box
        init(_ box: Box) { self.box = box }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            box.state.withLock { $0.bytes += bytes.readableBytesView }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { box.state.withLock { $0.isClosed = true } }
        }

        func channelInactive(context: ChannelHandlerContext) { box.state.withLock { $0.isClosed = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    struct TimedOut: Error, CustomStringConvertible {
        var description: String
    }

    private init(channel: any Channel, inbox: Box) {
        self.channel = channel
        self.inbox = inbox
    }

    static func open(
        port: Int, receiveBuffer: Int? = nil, tls: NIOSSLContext? = nil
    ) async throws -> RawConnection {
        let box = Box()
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: tls == nil)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    }
                    try pipeline.addHandler(Collector(box))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        return RawConnection(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), inbox: box)
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
    func send(_ frame: ClientFrame) async throws { try await send(frame.bytes) }
    func close() async { try? await channel.close() }
    func finishSending() async throws { try await channel.close(mode: .output) }
    /// Closing drops what is on its way, in both directions.
    func resetWhenClosed() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    }
    func setReading(_ isReading: Bool) async throws { try await channel.setOption(.autoRead, value: isReading).get() }

    var isClosed: Bool { inbox.state.withLock { $0.isClosed } }
    var unread: [UInt8] { inbox.state.withLock { $0.bytes } }

    private func wait<Value: Sendable>(
        _ what: String, _ take: (inout Inbox) -> Value?
    ) async throws -> Value {
        for _ in 0..<12_000 {
            let (value, isOver) = inbox.state.withLock { (take(&$0), $0.isClosed) }
            if let value { return value }
            guard !isOver else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TimedOut(description: "\(what) did not come; there was: \(String(decoding: unread, as: UTF8.self))")
    }

    /// A head up to its empty line.
    func head() async throws -> String {
        try await wait("a head") { inbox in
            guard let end = inbox.bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            defer { inbox.bytes.removeFirst(end.upperBound) }
            return String(decoding: inbox.bytes[..<end.upperBound], as: UTF8.self)
        }
    }

    /// An answer with its body, by its length.
    func answer() async throws -> (head: String, body: String) {
        let head = try await head()
        var length = 0
        for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length: ") {
            length = Int(line.dropFirst(16)) ?? 0
        }
        let body = try await wait("a body") { inbox -> String? in
            guard inbox.bytes.count >= length else { return nil }
            defer { inbox.bytes.removeFirst(length) }
            return String(decoding: inbox.bytes.prefix(length), as: UTF8.self)
        }
        return (head, body)
    }

    func frame() async throws -> ServerFrame {
        try await wait("a frame") { inbox in
            inbox.frames += ServerFrame.take(from: &inbox.bytes)
            return inbox.frames.isEmpty ? nil : inbox.frames.removeFirst()
        }
    }

    func json() async throws -> JSON {
        let frame = try await frame()
        return try JSON.parse(frame.payload)
    }

    /// An event of a stream, up to its empty line.
    func event() async throws -> String {
        try await wait("an event") { inbox in
            guard let end = inbox.bytes.firstRange(of: Array("\n\n".utf8)) else { return nil }
            defer { inbox.bytes.removeFirst(end.upperBound) }
            return String(decoding: inbox.bytes[..<end.lowerBound], as: UTF8.self)
        }
    }

    /// The next event but for heartbeats, which come when they are due: on a busy machine before the first page.
    func event(after heartbeat: String) async throws -> String {
        while true {
            let event = try await event()
            if !event.hasPrefix(heartbeat) { return event }
        }
    }

    func end() async throws {
        try await wait("the end") { $0.isClosed ? () : nil }
    }

    // MARK: Requests

    static func request(_ target: String, token: String? = "user:maria", fields: [String] = []) -> String {
        var lines = ["GET \(target) HTTP/1.1", "Host: localhost"]
        if let token { lines.append("Authorization: Bearer \(token)") }
        return (lines + fields).joined(separator: "\r\n") + "\r\n\r\n"
    }

    static func preflight(_ target: String) -> String {
        "OPTIONS \(target) HTTP/1.1\r\nHost: a\r\nOrigin: http://a.example\r\n"
            + "Access-Control-Request-Method: GET\r\n\r\n"
    }

    static let upgradeFields = [
        "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    static func upgrade(
        _ target: String = "/ws/notifications", token: String? = "user:maria", fields: [String] = []
    ) -> String {
        request(target, token: token, fields: upgradeFields + fields)
    }

    func get(
        _ target: String, token: String? = "user:maria", fields: [String] = []
    ) async throws -> (
        head: String, body: String
    ) {
        try await send(Self.request(target, token: token, fields: fields))
        return try await answer()
    }
}
