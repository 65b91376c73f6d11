import NIOCore
import NIOHTTP1
import NIOPosix
import PealCore
import Synchronization

/// A program of an operator that takes deliveries; while it is told to hold, it answers nothing.
final class WebhookReceiver: Sendable {
    struct Delivery: Sendable {
        var headers: HTTPHeaders
        var body: [UInt8]

        var id: String { headers.first(name: "webhook-id") ?? "" }
        var data: JSON { (try? JSON.parse(body))?["data"] ?? .null }
        var messages: [String] { (data["notifications"]?.array ?? []).compactMap { $0["message"]?.string } }
    }

    private struct State {
        var taken: [Delivery] = []
        var holds = false
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let box: Box
        private var headers = HTTPHeaders()
        private var body: [UInt8] = []

        init(_ box: Box) { self.box = box }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (headers, body) = (head.headers, [])
            case .body(let bytes): body += bytes.readableBytesView
            case .end:
                let holds = box.state.withLock { state in
                    state.taken.append(Delivery(headers: headers, body: body))
                    return state.holds
                }
                guard !holds else { return }
                let head = HTTPResponseHead(version: .http1_1, status: .noContent)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }

    let port: Int
    private let box = Box()
    private let channel: any Channel

    var taken: [Delivery] { box.state.withLock { $0.taken } }

    func hold(_ holds: Bool) { box.state.withLock { $0.holds = holds } }

    init() async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [box] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(box))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// Waits, at most a minute and a half, until so many have come.
    func wait(for count: Int) async throws -> [Delivery] {
        for _ in 0..<1800 where taken.count < count { try await Task.sleep(for: .milliseconds(50)) }
        return taken
    }

    func close() async { try? await channel.close() }
}
