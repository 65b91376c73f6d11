import NIOCore
import NIOHTTP1

/// NIO's decoder, which stops for good behind a request that asks for another protocol; where the protocol stays HTTP
/// (RFC 9110 §7.8), a new one reads on.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// Set where the request that it stopped at has not led to another protocol.
    var staysHTTP = false
    private var decoder = RequestDecoder.make()

    private static func make() -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HeadParser.byteLimit
        limits.maxHeaderListSize = 2 * HeadParser.byteLimit
        limits.maxHeaderFieldCount = 2 * HeadParser.fieldLimit
        return HTTPRequestDecoder(
            leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .drop, limitConfiguration: limits)
    }

    /// Whether NIO's decoder takes this for a request behind which HTTP ends.
    static func stops(behind head: HTTPRequestHead) -> Bool {
        guard head.method != .CONNECT else { return true }
        return head.headers.contains(name: "upgrade")
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }
    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        while true {
            let state = try decoder.decode(context: context, buffer: &buffer)
            guard buffer.readableBytes > 0, staysHTTP else { return state }
            staysHTTP = false
            decoder.decoderRemoved(context: context)
            decoder = Self.make()
            decoder.decoderAdded(context: context)
        }
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        if staysHTTP { _ = try decode(context: context, buffer: &buffer) }
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }
}
