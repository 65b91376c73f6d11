import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import PealCore

/// A server-sent event stream on one stream of an HTTP/2 connection. What flow control holds back counts as not taken
/// (RFC 9113 §5.2), so that a slow reader's frames wait in the session.
final class HTTP2EventStream: StreamSession, ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private var context: ChannelHandlerContext?
    private var held = 0

    // MARK: Output

    override var isOpen: Bool { context?.channel.isActive ?? false }
    override var isWritable: Bool { context?.channel.isWritable ?? false }
    override var heldBytes: Int { held }

    override func put(_ bytes: WireBytes) {
        guard let context else { return }
        let count = bytes.readableBytes
        let written = context.eventLoop.makePromise(of: Void.self)
        held += count
        written.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.held -= count }
        context.write(wrapOutboundOut(.body(bytes)), promise: written)
    }

    override func flush() {
        context?.flush()
    }

    override func finish(_ bytes: WireBytes) {
        put(bytes)
        context?.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    override func hangUp() {
        context?.close(promise: nil)
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) { leave() }

    private func leave() {
        gone()
        context = nil
    }

    /// The request has ended; what else comes means nothing.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pump() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            close(.goingAway, reason: "", reconnectAfter: hub.makeReconnectDelay())
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset is how clients leave.
        let code = (error as? NIOHTTP2Errors.StreamClosed)?.errorCode
        if !isEnding, code != .cancel, code != .noError { hub.metrics.failed(.io) }
        context.close(promise: nil)
    }
}
