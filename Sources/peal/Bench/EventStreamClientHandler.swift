import NIOCore

/// An event stream's client as one channel handler (WHATWG HTML §9.2): hands on the data of each event.
final class EventStreamClientHandler<Receiver: WebSocketReceiver>: CrowdHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case asking, open, ended
    }

    private let request: String
    private let receiver: Receiver
    private var state = State.asking
    private var pending = PendingBytes()
    private var context: ChannelHandlerContext?

    init(_ server: ServerAddress, token: String, receiver: Receiver) {
        self.receiver = receiver
        request = """
            GET /sse/notifications?limit=1 HTTP/1.1\r
            Host: \(server.authority)\r
            Accept: text/event-stream\r
            Authorization: Bearer \(token)\r
            \r\n
            """
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        pending.append(&bytes)
        if state == .asking {
            guard let head = pending.take(through: "\r\n\r\n") else { return }
            guard let status = AnswerHead(head)?.status, status == 200 else {
                return end(.failed("the server answered \(AnswerHead(head)?.status ?? 0)"), context)
            }
            state = .open
            receiver.opened()
        }
        while state == .open, let event = pending.take(through: "\n\n") {
            if let data = Self.data(of: event) { receiver.received(data) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed(code: nil, reason: ""), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failed("\(error)"), context)
    }

    func close() {
        guard state == .open, let context else { return }
        context.close(promise: nil)
    }

    /// Peal writes the data of an event in one line. Nil for an event without.
    private static func data(of event: ByteBuffer) -> ByteBuffer? {
        var lines = PendingBytes()
        var event = event
        lines.append(&event)
        while var line = lines.take(through: "\n") {
            guard line.readableBytesView.starts(with: "data: ".utf8) else { continue }
            line.moveReaderIndex(forwardBy: 6)
            return line.getSlice(at: line.readerIndex, length: line.readableBytes - 1)
        }
        return nil
    }

    private func end(_ reason: WebSocketEnd, _ context: ChannelHandlerContext) {
        guard state != .ended else { return }
        state = .ended
        receiver.ended(reason)
        context.close(promise: nil)
    }
}
