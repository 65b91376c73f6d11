import NIOCore
import NIOPosix
import NIOSSL
import PealCore

/// Where a test connects to.
enum Destination: Sendable {
    case port(Int, host: String = "127.0.0.1")
    case socket(String)
    /// A port that speaks TLS, trusted by this context.
    case secure(Int, NIOSSLContext)

    /// For the `Host` header.
    var authority: String {
        switch self {
        case .port(let port, let host): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket: "localhost"
        case .secure(let port, _): "localhost:\(port)"
        }
    }

    func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        let setUp: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if case .secure(_, let context) = self {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                }
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
        return switch self {
        case .port(let port, let host): try await bootstrap.connect(host: host, port: port, channelInitializer: setUp)
        case .secure(let port, _):
            try await bootstrap.connect(host: "127.0.0.1", port: port, channelInitializer: setUp)
        case .socket(let path): try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: setUp)
        }
    }
}

/// A bare WebSocket client, so that a test sees exactly what is on the wire and can send what no library would.
struct WebSocketStream: ~Copyable {
    enum Message: Sendable, Equatable {
        case text(String)
        case ping, pong
        case close(code: Int, reason: String)
    }

    struct Refused: Error, CustomStringConvertible {
        var head: String
        var description: String { head }
    }

    // One task at a time uses a stream.
    nonisolated(unsafe) private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var buffer = ByteBuffer()

    /// Connects, upgrades, and closes the socket after the body.
    static func with<Value: Sendable>(
        port: Int, token: String, since: String? = nil, headers: String = "",
        _ body: @Sendable @escaping (inout WebSocketStream) async throws -> Value
    ) async throws -> Value {
        try await with(.port(port), token: token, since: since, headers: headers, body)
    }

    static func with<Value: Sendable>(
        _ destination: Destination, token: String, since: String? = nil, headers: String = "",
        _ body: @Sendable @escaping (inout WebSocketStream) async throws -> Value
    ) async throws -> Value {
        let channel = try await destination.connect()
        return try await channel.executeThenClose { inbound, outbound in
            var stream = WebSocketStream(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            let query = since.map { "?since=\($0)" } ?? ""
            try await stream.send(
                raw: Array(
                    """
                    GET /ws/notifications\(query) HTTP/1.1\r
                    Host: \(destination.authority)\r
                    Upgrade: websocket\r
                    Connection: Upgrade\r
                    Sec-WebSocket-Version: 13\r
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                    Authorization: Bearer \(token)\r
                    \(headers)\r\n
                    """.utf8))
            try await stream.readHead()
            return try await body(&stream)
        }
    }

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    private mutating func readHead() async throws {
        while true {
            let view = buffer.readableBytesView
            if let end = view.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = buffer.readString(length: end.upperBound - view.startIndex) ?? ""
                guard head.hasPrefix("HTTP/1.1 101") else { throw Refused(head: head) }
                return
            }
            guard let more = try await inbound.next() else { throw Refused(head: String(buffer: buffer)) }
            buffer.writeImmutableBuffer(more)
        }
    }

    func send(raw bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    func send(_ text: String) async throws {
        try await send(raw: Self.frame(opcode: 1, Array(text.utf8)))
    }

    func pong() async throws {
        try await send(raw: Self.frame(opcode: 10, []))
    }

    /// A masked, final client frame (RFC 6455 §5.2).
    static func frame(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let mask: [UInt8] = (0..<4).map { _ in .random(in: 0...255) }
        var frame: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        frame += mask
        for (index, byte) in payload.enumerated() { frame.append(byte ^ mask[index % 4]) }
        return frame
    }

    /// The next message; nil once the server has closed the connection.
    mutating func next() async throws -> Message? {
        while true {
            if let message = parse() { return message }
            guard let more = try await inbound.next() else { return nil }
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(more)
        }
    }

    /// The next frame of this type, others passed over; pings are answered.
    mutating func next(type: String) async throws -> JSON? {
        while let message = try await next() {
            if message == .ping { try await pong() }
            guard case .text(let text) = message, let json = try? JSON.parse(text.utf8) else { continue }
            if json["type"]?.string == type { return json }
        }
        return nil
    }

    private mutating func parse() -> Message? {
        var peek = buffer
        guard let first = peek.readInteger(as: UInt8.self), let second = peek.readInteger(as: UInt8.self) else {
            return nil
        }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let long = peek.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long = peek.readInteger(as: UInt64.self) else { return nil }
            length = Int(long)
        }
        guard var payload = peek.readSlice(length: length) else { return nil }
        buffer = peek
        switch first & 0x0F {
        case 8:
            let code = payload.readInteger(as: UInt16.self).map(Int.init) ?? 1005
            return .close(code: code, reason: String(buffer: payload))
        case 9: return .ping
        case 10: return .pong
        default: return .text(String(buffer: payload))
        }
    }
}
