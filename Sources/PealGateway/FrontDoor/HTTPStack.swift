import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The handlers of an ordinary HTTP/1.1 connection: those of Hummingbird's `HTTP1Channel`, with a decoder that keeps what
/// comes after an upgrade request, and with the ``Gate``, which does the work of `HTTPConnectionStateHandler` too.
enum HTTPStack {
    /// - Parameter isSecure: whether it is a connection over TLS.
    static func install(
        on channel: any Channel, gateway: Gateway, shard: LoopShard, isSecure: Bool
    ) throws -> HTTP1Channel.Value {
        let decoder = RequestDecoder()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(Gate(gateway: gateway, shard: shard, isSecure: isSecure, decoder: decoder))
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: isSecure))
        return try HTTP1Channel.Value(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    /// Lets the decoder look again at what it holds.
    static func decodeOn(gate: ChannelHandlerContext) throws {
        let encoder = try gate.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        encoder.fireChannelRead(NIOAny(ByteBuffer()))
        encoder.fireChannelReadComplete()
    }

    /// Takes everything out but Hummingbird's end of the channel. What the decoder still holds goes to the new handler.
    ///
    /// - Parameter replaced: fulfilled when the decoder has handed it over.
    static func replace(
        with handler: any ChannelHandler, gate: ChannelHandlerContext, replaced: EventLoopPromise<Void>? = nil
    ) throws {
        let pipeline = gate.pipeline.syncOperations
        let decoder = try pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)
        let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
        let codec = try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self)
        try pipeline.addHandler(handler, position: .after(decoder.handler))
        pipeline.removeHandler(context: codec, promise: nil)
        pipeline.removeHandler(context: encoder, promise: nil)
        pipeline.removeHandler(context: gate, promise: nil)
        pipeline.removeHandler(context: decoder, promise: replaced)
    }
}
