import NIOCore
import NIOHTTP1
import PealCore

/// A session on a SwiftNIO channel: TLS, systems without the reactor, and what the settings leave to SwiftNIO. It is the last
/// handler of its connection.
final class StreamHandler: StreamSession, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var isReadOwed = false
    /// Read and dropped since the last frame was written.
    private var discarded = 0
    private static let discardLimit = 65_536
    /// A TLS handler keeps what is written, uncounted, until it is flushed.
    private var unflushed = 0

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
        guard let bytes = context.bytes(in: data) else { return }
        guard !isEnding else { return discard(bytes.readableBytes) }
        bytes.withUnsafeReadableBytes { take($0) }
    }

    /// RULES 32: what still comes is read and dropped, or closing would reset the connection and lose the last frame.
    private func discard(_ byteCount: Int) {
        discarded += byteCount
        if discarded > Self.discardLimit { context?.close(promise: nil) }
    }

    func read(context: ChannelHandlerContext) { wantRead() }

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
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            close(.goingAway, reason: "", reconnectAfter: hub.makeReconnectDelay())
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isEnding, !error.isUncleanShutdown { hub.metrics.failed(.io) }
        context.close(promise: nil)
    }
}
