import Logging
import NIOCore
import NIOTLS

/// Waits behind the TLS handler until it is known which version of HTTP the client speaks (RFC 7301), and gives way.
final class Negotiation: LoopMember, ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    static let http2 = "h2"
    static let http11 = "http/1.1"

    private let gateway: Gateway
    private let shard: LoopShard
    private let logger: Logger
    /// Puts the handlers of that version behind this one.
    private let install: (_ isHTTP2: Bool) throws -> Void
    private var context: ChannelHandlerContext?

    init(
        gateway: Gateway, shard: LoopShard, logger: Logger, install: @escaping (_ isHTTP2: Bool) throws -> Void
    ) {
        self.gateway = gateway
        self.shard = shard
        self.logger = logger
        self.install = install
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        shard.add(self, after: gateway.hub.rules.ticks(gateway.settings.headTimeout) + 1)
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

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let name):
            do {
                try install(name == Self.http2)
            } catch {
                context.close(promise: nil)
            }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        case ChannelEvent.inputClosed, is ChannelShouldQuiesceEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("TLS handshake failed", metadata: ["reason": "\(error)"])
        gateway.hub.metrics.failed(.protocol)
        context.close(promise: nil)
    }

    override func timeIsUp(at now: Tick) -> Tick? {
        gateway.hub.metrics.timedOut(.head)
        context?.close(promise: nil)
        return nil
    }
}
