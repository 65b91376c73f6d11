import NIOCore

/// A client that asks again as soon as it has an answer, on one connection that is kept.
final class LongPollClientHandler<Receiver: WebSocketReceiver>: CrowdHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: ServerAddress
    private let token: String
    private let receiver: Receiver
    private var cursor: String?
    /// The length of the body that is expected; nil while a head is.
    private var bodyLength: Int?
    private var pending = PendingBytes()
    private var hasEnded = false
    private var context: ChannelHandlerContext?

    init(_ server: ServerAddress, token: String, receiver: Receiver) {
        self.server = server
        self.token = token
        self.receiver = receiver
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { ask(context) }

    private func ask(_ context: ChannelHandlerContext) {
        let query = cursor.map { "since=\($0)&wait=25" } ?? "limit=1"
        let request = """
            GET /v1/sync?\(query) HTTP/1.1\r
            Host: \(server.authority)\r
            Authorization: Bearer \(token)\r
            \r\n
            """
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        pending.append(&bytes)
        while !hasEnded {
            if bodyLength == nil, let head = pending.take(through: "\r\n\r\n") {
                guard let answer = AnswerHead(head), answer.status == 200 || answer.status == 204 else {
                    return end(.failed("the server answered \(AnswerHead(head)?.status ?? 0)"), context)
                }
                bodyLength = answer.contentLength
            }
            guard let length = bodyLength, let body = pending.take(count: length) else { return }
            bodyLength = nil
            take(body, context)
        }
    }

    private func take(_ body: ByteBuffer, _ context: ChannelHandlerContext) {
        if body.readableBytes > 0 {
            cursor = body.withUnsafeReadableBytes { FrameScanner.cursor(in: $0) } ?? cursor
            receiver.received(body)
        }
        ask(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed(code: nil, reason: ""), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failed("\(error)"), context)
    }

    func close() {
        context?.close(promise: nil)
    }

    private func end(_ reason: WebSocketEnd, _ context: ChannelHandlerContext) {
        guard !hasEnded else { return }
        hasEnded = true
        receiver.ended(reason)
        context.close(promise: nil)
    }
}
