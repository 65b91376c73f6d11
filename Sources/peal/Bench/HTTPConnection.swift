import NIOCore

/// One keep-alive connection that has one request under way at most. Lean, for the same reason as the WebSocket client.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Called with the status of the answer; 0 where the connection broke.
    private var whenAnswered: ((Int) -> Void)?
    private var pending = ByteBuffer()
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func send(_ request: ByteBuffer, _ whenAnswered: @escaping (Int) -> Void) {
        guard let context else { return whenAnswered(0) }
        self.whenAnswered = whenAnswered
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func close() { context?.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending.writeBuffer(&buffer)
        guard let status = takeAnswer() else { return }
        pending.discardReadBytes()
        whenAnswered.take()?(status)
    }

    func channelInactive(context: ChannelHandlerContext) {
        whenAnswered.take()?(0)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Nil where the answer is not all there. Understands `Content-Length` alone, which is what Peal sends.
    private func takeAnswer() -> Int? {
        let view = pending.readableBytesView
        guard let end = view.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let head = String(decoding: view[..<end.lowerBound], as: UTF8.self).lowercased()
        let words = head.prefix(while: { $0 != "\r\n" }).split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { return 0 }
        let length =
            head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
        let total = end.upperBound - view.startIndex + length
        guard view.count >= total else { return nil }
        pending.moveReaderIndex(forwardBy: total)
        return status
    }
}

/// The bytes of requests to the producer API.
struct EventRequests: Sendable {
    private let head: String

    /// - Parameter path: `/v1/notifications`, or with `/batch`.
    init(_ server: ServerAddress, path: String, key: String, contentType: String = "application/json") {
        head = """
            POST \(path) HTTP/1.1\r
            Host: \(server.authority)\r
            Authorization: Bearer \(key)\r
            Content-Type: \(contentType)\r
            Content-Length:
            """
    }

    func request(_ body: String) -> ByteBuffer {
        ByteBuffer(string: "\(head) \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// One event that carries its moment of creation.
    static func event(for user: String, createdAt time: UInt64) -> String {
        #"{"user_id":"\#(user)","type":"bench","message":"Something happened","metadata":{"t":\#(time)}}"#
    }

    static func event(
        forUsers users: some Sequence<Int>, createdAt time: UInt64, message: String = "Something happened"
    ) -> String {
        let ids = users.map { "\"\(WorkerPlan.user($0))\"" }.joined(separator: ",")
        return #"{"user_ids":[\#(ids)],"type":"bench","message":"\#(message)","metadata":{"t":\#(time)}}"#
    }
}
