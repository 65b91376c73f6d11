import NIOCore
import PealCore

/// Frames that do not depend on a change.
enum AnswerFrames {
    /// The answer to the bare text `ping`.
    static let textPong = WireBytes(bytes: FrameHeader.frame(.text, Array("pong".utf8)))
    static let ping = WireBytes(bytes: FrameHeader.frame(.ping, []))
    static let heartbeat = WireBytes(string: "event: ping\ndata: {}\n\n")

    static func pong(at time: Timestamp, requestID: String, on wire: Wire) -> WireBytes {
        var frame = FrameBuilder(wire, type: "pong", reserving: 64)
        frame.json.requestID(requestID)
        frame.json.name("timestamp")
        frame.json.value(time.seconds)
        return frame.finish()
    }

    static func unreadCount(_ inbox: Inbox, requestID: String, on wire: Wire, tag: EpochTag) -> WireBytes {
        var frame = FrameBuilder(wire, type: "unread_count")
        frame.json.requestID(requestID)
        frame.json.place(Cursor(epoch: tag, seq: inbox.seq))
        frame.json.name("data")
        frame.json.counts(of: inbox)
        return frame.finish()
    }

    static func token(_ type: StaticString, expiresAt: Timestamp?, requestID: String, on wire: Wire) -> WireBytes {
        var frame = FrameBuilder(wire, type: type)
        frame.json.requestID(requestID)
        frame.json.name("expires_at")
        frame.json.optional(expiresAt)
        return frame.finish()
    }

    static func error(_ error: CommandError, requestID: String, on wire: Wire) -> WireBytes {
        var frame = FrameBuilder(wire, type: "error")
        frame.json.requestID(requestID)
        frame.json.name("code")
        frame.json.value(error.code)
        frame.json.name("message")
        frame.json.value(error.message)
        return frame.finish()
    }

    /// The last event of a stream, in place of a close frame.
    static func closeEvent(_ code: CloseCode, reconnectAfter: Duration?) -> WireBytes {
        var json = JSONWriter()
        json.beginObject()
        json.name("code")
        json.value(code.rawValue)
        if let reconnectAfter {
            json.name("reconnect_after_ms")
            json.value(reconnectAfter.wholeMilliseconds)
        }
        json.endObject()
        var bytes = WireBytes(string: "event: close\ndata: ")
        bytes.writeBytes(json.bytes)
        bytes.writeStaticString("\n\n")
        return bytes
    }

    static func closeFrame(_ code: CloseCode?, reason: String, reconnectAfter: Duration?) -> WireBytes {
        let text = reconnectAfter.map { #"{"reconnect_after_ms":\#($0.wholeMilliseconds)}"# } ?? reason
        return WireBytes(bytes: FrameHeader.close(code, reason: text))
    }
}
