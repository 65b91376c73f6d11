import NIOCore

/// How a frame looks on its connection.
enum Wire: UInt8, Sendable {
    /// A text frame (RFC 6455).
    case webSocket
    /// An event (WHATWG HTML §9.2).
    case eventStream
    /// The bare JSON: the body of a long poll's answer.
    case json
}

/// Encoded once, shared by every session that sends it; a transport reads it in place.
typealias WireBytes = ByteBuffer
