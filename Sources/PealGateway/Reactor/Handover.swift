import NIOCore
import PealCore

/// Stands in for a session on a kept-alive connection while the decoder hands out what it holds; then the connection leaves
/// for the reactor with these bytes (RULES 29, 30).
final class Handover: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let reactor: Reactor
    private let takeover: Takeover
    private let socket: DuplicateSocket
    private let shard: LoopShard
    private var bytes = ByteBuffer()

    /// - Parameter shard: of the channel's loop.
    init(_ socket: DuplicateSocket, _ takeover: Takeover, from shard: LoopShard, to reactor: Reactor) {
        self.shard = shard
        self.socket = socket
        self.takeover = takeover
        self.reactor = reactor
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let more = context.bytes(in: data) { bytes.writeImmutableBuffer(more) }
    }

    /// The reactor sees by itself that a client is leaving, and drains by itself.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {}

    /// The decoder has gone.
    func complete(_ channel: any Channel) {
        // Only this descriptor: shutting the connection down would reach the other one too.
        channel.close(promise: nil)
        reactor.adopt(socket, takeover, bytes: bytes, from: shard)
    }
}
