import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import PealCore
import Synchronization

/// One HTTP/2 connection over TLS, whose streams a test reads when it likes.
struct HTTP2Client: Sendable {
    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.AsyncStreamMultiplexer<Void>

    static func open(port: Int, tls: NIOSSLContext) async throws -> HTTP2Client {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    let multiplexer = try pipeline.configureAsyncHTTP2Pipeline(mode: .client) { stream in
                        stream.eventLoop.makeSucceededVoidFuture()
                    }
                    return HTTP2Client(channel: channel, multiplexer: multiplexer)
                }
            }
    }

    func get(
        _ path: String, method: String = "GET", token: String? = "user:maria", fields: [(String, String)] = [],
        body: ByteBuffer? = nil, isReading: Bool = true, ends: Bool = true
    ) async throws -> HTTP2Exchange {
        let inbox = HTTP2Exchange.Inbox()
        let stream = try await multiplexer.openStream { stream in
            stream.eventLoop.makeCompletedFuture {
                if !isReading { try stream.syncOptions?.setOption(.autoRead, value: false) }
                try stream.pipeline.syncOperations.addHandler(HTTP2Exchange.Collector(inbox))
                return stream
            }
        }
        var headers: HPACKHeaders = [
            ":method": method, ":scheme": "https", ":authority": "localhost", ":path": path,
        ]
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        for (name, value) in fields { headers.add(name: name, value: value) }
        let isWhole = body == nil && ends
        try await stream.writeAndFlush(
            HTTP2Frame.FramePayload.headers(.init(headers: headers, endStream: isWhole)))
        if let body {
            try await stream.writeAndFlush(
                HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(body), endStream: ends)))
        }
        return HTTP2Exchange(channel: stream, inbox: inbox)
    }

    func close() async { try? await channel.close() }

    var isClosed: Bool { !channel.isActive }
}

/// One request with its answer.
struct HTTP2Exchange: Sendable {
    let channel: any Channel
    let inbox: Inbox

    final class Inbox: Sendable {
        struct State {
            var headers: HPACKHeaders?
            var body: [UInt8] = []
            var isEnded = false
            var isClosed = false
            var reset: HTTP2ErrorCode?
        }

        let state = Mutex(State())
    }

    final class Collector: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload
        private let inbox: Inbox
        init(_ inbox: Inbox) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            inbox.state.withLock { state in
                switch unwrapInboundIn(data) {
                case .headers(let headers):
                    state.headers = state.headers ?? headers.headers
                    state.isEnded = headers.endStream
                case .data(let data):
                    if case .byteBuffer(let bytes) = data.data { state.body += bytes.readableBytesView }
                    state.isEnded = data.endStream
                default: break
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            inbox.state.withLock { $0.reset = (error as? NIOHTTP2Errors.StreamClosed)?.errorCode }
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { inbox.state.withLock { $0.isClosed = true } }
    }

    private func wait<Value: Sendable>(
        _ what: String, _ take: (inout Inbox.State) -> Value?
    ) async throws -> Value {
        for _ in 0..<12_000 {
            if let value = inbox.state.withLock({ take(&$0) }) { return value }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw RawConnection.TimedOut(description: "\(what) did not come")
    }

    func headers() async throws -> HPACKHeaders { try await wait("a head") { $0.headers } }

    func status() async throws -> String? { try await headers().first(name: ":status") }

    /// All of it.
    func body() async throws -> String {
        try await wait("the body") { $0.isEnded || $0.isClosed ? String(decoding: $0.body, as: UTF8.self) : nil }
    }

    /// An event of a stream, up to its empty line.
    func event() async throws -> String {
        try await wait("an event") { state in
            guard let end = state.body.firstRange(of: Array("\n\n".utf8)) else { return nil }
            defer { state.body.removeFirst(end.upperBound) }
            return String(decoding: state.body[..<end.lowerBound], as: UTF8.self)
        }
    }

    func end() async throws { try await wait("the end") { $0.isEnded || $0.isClosed ? () : nil } }

    var reset: HTTP2ErrorCode? { inbox.state.withLock { $0.reset } }
    var hasEnded: Bool { inbox.state.withLock { $0.isEnded || $0.isClosed } }

    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
        // The option of a stream is for later reads only.
        if isReading { channel.read() }
    }

    func cancel() async { try? await channel.close() }
}
