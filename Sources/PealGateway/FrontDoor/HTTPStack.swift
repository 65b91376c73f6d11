import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// The handlers of an ordinary HTTP/1.1 connection: those of Hummingbird's `HTTP1Channel` in a ``RequestLane`` of their own,
/// and before it a decoder that keeps what comes after an upgrade request, and the ``Gate``, which does the work of
/// `HTTPConnectionStateHandler` too.
enum HTTPStack {
    /// - Parameters:
    ///   - isSecure: whether it is a connection over TLS.
    ///   - isSurplus: whether it came when the server was full.
    static func install(
        on channel: any Channel, gateway: Gateway, http: HTTP1Channel, shard: LoopShard, isSecure: Bool,
        isSurplus: Bool, logger: Logger
    ) throws -> HTTP1Channel.Value {
        let decoder = RequestDecoder()
        let gate = Gate(
            gateway: gateway, http: http, shard: shard, isSecure: isSecure, isSurplus: isSurplus, decoder: decoder,
            logger: logger)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(gate)
        return try gate.openLane(on: channel)
    }

    /// Lets the decoder look again at what it holds.
    static func decodeOn(gate: ChannelHandlerContext) throws {
        let encoder = try gate.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        encoder.fireChannelRead(NIOAny(ByteBuffer()))
        encoder.fireChannelReadComplete()
    }

    /// Takes everything out, and ends the lane. Requests that the decoder has parsed in the same go as the last one come too, which
    /// ``NIOCore/ChannelHandlerContext/bytes(in:)`` tells apart. What the decoder still holds goes to the new handler.
    ///
    /// - Parameter replaced: fulfilled when the decoder has handed it over.
    static func replace(
        with handler: any ChannelHandler, gate: ChannelHandlerContext, replaced: EventLoopPromise<Void>? = nil
    ) throws {
        let pipeline = gate.pipeline.syncOperations
        let decoder = try pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)
        let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
        try pipeline.addHandler(handler, position: .after(decoder.handler))
        pipeline.removeHandler(context: encoder, promise: nil)
        pipeline.removeHandler(context: gate, promise: nil)
        pipeline.removeHandler(context: decoder, promise: replaced)
    }
}

extension ChannelHandlerContext {
    /// Nil for what is no bytes: a part of a request that was sent behind the one that took the connection over.
    func bytes(in data: NIOAny) -> ByteBuffer? { channel._channelCore.tryUnwrapData(data, as: ByteBuffer.self) }
}
