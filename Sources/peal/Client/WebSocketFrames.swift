import NIOCore

/// The frames of RFC 6455 as a client reads and writes them: lean, because the benchmark's client shares the machine with
/// the server that it measures.
enum WebSocketOpcode {
    static let continuation: UInt8 = 0
    static let text: UInt8 = 1
    static let close: UInt8 = 8
    static let ping: UInt8 = 9
    static let pong: UInt8 = 10
}

struct WebSocketFrame {
    var isFinal: Bool
    var opcode: UInt8
    var payload: ByteBuffer

    static let payloadByteLimit = 64 << 20

    /// Takes one whole frame off the front of a buffer; nil, and nothing taken, where it is not all there.
    ///
    /// - Parameter takesCompressed: whether a message may say that it is compressed (RFC 7692 §6).
    static func read(from buffer: inout ByteBuffer, takesCompressed: Bool = false) throws(Failure) -> Self? {
        var rest = buffer
        guard let (first, second) = rest.readMultipleIntegers(as: (UInt8, UInt8).self) else { return nil }
        guard second & 0x80 == 0, first & (takesCompressed ? 0x30 : 0x70) == 0 else {
            throw Failure("the server broke the WebSocket protocol")
        }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let long = rest.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long = rest.readInteger(as: UInt64.self) else { return nil }
            guard long <= payloadByteLimit else { throw Failure("the server sent a frame of \(long) bytes") }
            length = Int(long)
        }
        guard let payload = rest.readSlice(length: length) else { return nil }
        buffer = rest
        return Self(isFinal: first & 0x80 != 0, opcode: first & 0x0F, payload: payload)
    }

    /// Writes a final, masked frame (§5.3).
    static func write(opcode: UInt8, _ payload: some Collection<UInt8>, into buffer: inout ByteBuffer) {
        buffer.writeInteger(0x80 | opcode)
        let count = payload.count
        if count < 126 {
            buffer.writeInteger(0x80 | UInt8(count))
        } else if count <= UInt16.max {
            buffer.writeInteger(0x80 | 126 as UInt8)
            buffer.writeInteger(UInt16(count))
        } else {
            buffer.writeInteger(0x80 | 127 as UInt8)
            buffer.writeInteger(UInt64(count))
        }
        let mask = UInt32.random(in: .min ... .max)
        buffer.writeInteger(mask)
        var shift: UInt32 = 24
        for byte in payload {
            buffer.writeInteger(byte ^ UInt8(truncatingIfNeeded: mask >> shift))
            shift = shift == 0 ? 24 : shift - 8
        }
    }
}
