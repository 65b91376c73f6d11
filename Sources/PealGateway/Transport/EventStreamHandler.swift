import NIOCore
import PealCore

/// A server-sent event stream on a SwiftNIO channel (WHATWG HTML §9.2).
final class EventStreamHandler: StreamHandler {
    override var kind: SessionKind { .eventStream }
    override var pingBytes: WireBytes { AnswerFrames.heartbeat }

    override func closeBytes(_ code: CloseCode, reason: String, reconnectAfter: Duration?) -> WireBytes {
        AnswerFrames.closeEvent(code, reconnectAfter: reconnectAfter)
    }

    /// The head of the answer, and how long the browser is to wait before it comes back by itself. The stream ends with
    /// the connection.
    static func head(cors: [(String, String)], retry: Duration) -> WireBytes {
        var text = """
            HTTP/1.1 200 OK\r
            Content-Type: text/event-stream; charset=utf-8\r
            Cache-Control: no-store, no-transform\r
            X-Accel-Buffering: no\r
            Referrer-Policy: no-referrer\r
            Connection: close\r\n
            """
        for (name, value) in cors { text += "\(name): \(value)\r\n" }
        return WireBytes(string: text + "\r\nretry: \(retry.wholeMilliseconds)\n\n")
    }
}
