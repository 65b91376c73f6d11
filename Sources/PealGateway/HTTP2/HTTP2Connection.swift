import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypesHTTP2

/// Watches over one HTTP/2 connection: ends it when its peer reads nothing, and when a goodbye is not answered.
///
/// Who is idle or silent is for `NIOHTTP2ServerConnectionManagementHandler` behind it, whose goodbyes pass here.
final class HTTP2Connection: LoopMember, ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// Streams that one client may have open.
    static let streamLimit = 100

    private let gateway: Gateway
    private let shard: LoopShard
    private var context: ChannelHandlerContext?
    private var stall = WriteStall()
    private var deadline = Tick.max

    private init(gateway: Gateway, shard: LoopShard) {
        self.gateway = gateway
        self.shard = shard
    }

    /// Puts all handlers of HTTP/2 on a connection whose TLS handshake is over.
    static func install(
        on channel: any Channel, gateway: Gateway, http: HTTP1Channel, shard: LoopShard, logger: Logger
    ) throws {
        let settings = gateway.settings
        SocketOptions.forHTTP2(channel, writeTimeout: settings.writeTimeout)
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: TimeAmount(settings.idleTimeout), maxAge: nil, maxGraceTime: nil,
                keepalive: .init(
                    pingInterval: TimeAmount(settings.pingInterval),
                    ackTimeout: TimeAmount(max(.seconds(1), settings.pongTimeout - settings.pingInterval)))))
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamLimit),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * HeadParser.byteLimit),
        ]
        let multiplexer = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection,
            streamDelegate: manager.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(HTTP2FramePayloadToHTTPServerCodec())
                try pipeline.addHandler(HTTP2Gate(gateway: gateway, http: http, shard: shard, logger: logger))
            }
        }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(multiplexer)
        try pipeline.addHandler(HTTP2Connection(gateway: gateway, shard: shard))
        try pipeline.addHandler(manager)
        // The channel has long been active, and the manager's timers start with that event.
        manager.channelActive(context: try pipeline.context(handler: manager))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        shard.add(self, deadline: .max)
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        shard.remove(self)
        context = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable { shard.setTimer(self, at: shard.now + 1) }
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let frame = unwrapOutboundIn(data)
        if case .goAway = frame.payload {
            let patience = gateway.hub.rules.ticks(gateway.settings.requestPatience) + 1
            deadline = min(deadline, shard.now.later(by: patience))
            shard.setTimer(self, at: min(deadline, shard.now + 1))
        }
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    override func timeIsUp(at now: Tick) -> Tick? {
        guard let context else { return nil }
        if now >= deadline || stall.isOver(context.channel, at: now, limit: gateway.hub.rules.write) {
            gateway.hub.metrics.timedOut(now >= deadline ? .patience : .write)
            context.close(promise: nil)
            return nil
        }
        return context.channel.isWritable ? deadline : now + 1
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !error.isUncleanShutdown { gateway.hub.metrics.failed(.protocol) }
        context.close(promise: nil)
    }
}
