import NIOCore

/// One keep-alive connection that has one request under way at most. Lean, for the same reason as the WebSocket client.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Called with the status of the answer; 0 where the connection broke.
    private var whenAnswered: ((Int) -> Void)?
    private var pending = PendingBytes()
    /// Of the answer whose body has not all come; nil while a head is expected.
    private var answer: AnswerHead?
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
        var bytes = unwrapInboundIn(data)
        pending.append(&bytes)
        guard let status = takeAnswer() else { return }
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
        if answer == nil {
            guard let head = pending.take(through: "\r\n\r\n") else { return nil }
            answer = AnswerHead(head)
        }
        guard let answer else { return 0 }
        guard pending.take(count: answer.contentLength) != nil else { return nil }
        self.answer = nil
        return answer.status
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

    /// For so many events in a request.
    init(_ server: BenchServer, batch: Int) {
        self.init(
            server.address, path: batch > 1 ? "/v1/notifications/batch" : "/v1/notifications", key: server.key,
            contentType: batch > 1 ? "application/x-ndjson" : "application/json")
    }

    func batch(of count: Int, event: (Int) -> String) -> ByteBuffer {
        request((0..<count).map(event).joined(separator: "\n"))
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
