import CoreMetrics
import NIOCore
import PealCore

/// A WebSocket session on a SwiftNIO channel.
final class WebSocketHandler: StreamHandler {
    private var parser: FrameParser
    /// What came while the session took no messages.
    private var unread: ByteBuffer?

    init(_ session: Session, gateway: Gateway, shard: LoopShard, hasHandlersBehind: Bool, messageLimit: Int) {
        parser = FrameParser(messageLimit: messageLimit)
        super.init(session, gateway: gateway, shard: shard, hasHandlersBehind: hasHandlersBehind)
    }

    override var kind: SessionKind { .webSocket }

    override func closeBytes(_ code: CloseCode, reason: String, reconnectAfter: Duration?) -> WireBytes {
        AnswerFrames.closeFrame(code, reason: reason, reconnectAfter: reconnectAfter)
    }

    override func receive(_ data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    /// Bytes that came with the head of the request, or from the socket.
    func take(_ bytes: ByteBuffer) {
        session.heard(bytes: bytes.readableBytes, at: shard.now)
        if unread != nil {
            unread?.writeImmutableBuffer(bytes)
            // The end of a connection brings in all that the kernel holds.
            if unread?.readableBytes ?? 0 > 65_536 { context?.close(promise: nil) }
            return
        }
        parse(bytes)
        pump()
    }

    override func resume() {
        guard let bytes = unread else { return }
        unread = nil
        parse(bytes)
        pump()
    }

    private func parse(_ bytes: ByteBuffer) {
        var index = 0
        bytes.withUnsafeReadableBytes { bytes in
            while !isEnding, session.canReceive, let event = parser.next(in: bytes, from: &index) { handle(event) }
        }
        guard !isEnding, index < bytes.readableBytes else { return }
        // Copied, so that the channel's receive buffer is free again.
        unread = ByteBuffer(bytes: bytes.readableBytesView.dropFirst(index))
    }

    private func handle(_ event: FrameParser.Event) {
        session.heard(at: shard.now)
        hub.metrics.framesIn.increment()
        switch event {
        case .text(let message): perform(session.receive(message, at: shard.now, time: hub.clock()))
        case .ping(let payload): session.enqueue(WireBytes(bytes: FrameHeader.frame(.pong, payload)))
        case .pong: break
        case .binary: close(.violation, reason: "binary messages are not understood", reconnectAfter: nil)
        case .close(let code): end(.normal, WireBytes(bytes: FrameHeader.close(code)))
        case .failure(let violation): close(violation.code, reason: violation.reason, reconnectAfter: nil)
        }
    }
}
