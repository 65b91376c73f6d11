import NIOCore
import NIOHTTP1
import PealCore

/// A session on a SwiftNIO channel: TLS, systems without the reactor, and what the settings leave to SwiftNIO.
///
/// It is the only handler of its connection, except after a takeover of a kept-alive connection: then what is left behind
/// it (Hummingbird's end of the channel, which cannot be removed) hears and says nothing any more.
final class StreamHandler: StreamSession, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private let hasHandlersBehind: Bool
    private var swallowsClose: Bool
    private var isReadOwed = false
    private var endingBytes: UInt32 = 0
    /// A TLS handler keeps what is written, uncounted, until it is flushed.
    private var unflushed = 0

    init(_ session: Session, gateway: Gateway, shard: LoopShard, hasHandlersBehind: Bool) {
        self.hasHandlersBehind = hasHandlersBehind
        swallowsClose = hasHandlersBehind
        super.init(session, gateway: gateway, shard: shard)
    }

    // MARK: Output

    override var isOpen: Bool { context?.channel.isActive ?? false }
    override var isWritable: Bool {
        unflushed < SocketOptions.flushBytes && context?.channel.isWritable ?? false
    }

    override var heldBytes: Int {
        guard let options = context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    override func put(_ bytes: WireBytes) {
        unflushed += bytes.readableBytes
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    override func flush() {
        unflushed = 0
        context?.flush()
    }

    override func finish(_ bytes: WireBytes) {
        guard let context else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [weak self] result in
            guard case .success = result else { return }
            self?.context?.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
        readOn()
    }

    override func hangUp() {
        context?.close(promise: nil)
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return discard(data) }
        unwrapInboundIn(data).withUnsafeReadableBytes { take($0) }
    }

    /// RULES 32: what still comes is read and dropped, or closing would reset the connection and lose the last frame.
    private func discard(_ data: NIOAny) {
        endingBytes &+= 512
        if endingBytes > 65_536 { context?.close(promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Behind a takeover nobody asks for more.
        if hasHandlersBehind { wantRead() } else { context.fireChannelReadComplete() }
    }

    func read(context: ChannelHandlerContext) {
        if !hasHandlersBehind { wantRead() }
    }

    /// Asks for more, now or once the session takes messages again.
    func wantRead() {
        if isEnding || session.canReceive {
            isReadOwed = false
            context?.read()
        } else {
            isReadOwed = true
        }
    }

    override func readOn() {
        guard isReadOwed else { return }
        isReadOwed = false
        context?.read()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        SocketOptions.forSessions(context.channel, writeTimeout: hub.settings.writeTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        gone()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        self.context = nil
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pump() }
        if !hasHandlersBehind { context.fireChannelWritabilityChanged() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            close(.goingAway, reason: "", reconnectAfter: hub.makeReconnectDelay())
        default:
            if !hasHandlersBehind { context.fireUserInboundEventTriggered(event) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isEnding, !error.isUncleanShutdown { hub.metrics.failed(.io) }
        context.close(promise: nil)
    }

    // MARK: What is left behind a takeover

    /// Tells it to end: it asks for the connection to be closed, which ``close(context:mode:promise:)`` does not pass on.
    func releaseHandlersBehind() {
        context?.fireErrorCaught(ConnectionTakenOver())
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard hasHandlersBehind else { return context.write(data, promise: promise) }
        promise?.fail(ChannelError.ioOnClosedChannel)
    }

    func flush(context: ChannelHandlerContext) {
        if !hasHandlersBehind { context.flush() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard hasHandlersBehind, mode != .all || swallowsClose else {
            return context.close(mode: mode, promise: promise)
        }
        if mode == .all { swallowsClose = false }
        promise?.succeed()
    }
}
