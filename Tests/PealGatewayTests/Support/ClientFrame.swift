/// What a client sends (RFC 6455 §5.2), right or wrong.
struct ClientFrame {
    var opcode: UInt8
    var payload: [UInt8]
    var isFinal = true
    var isMasked = true
    var reserved: UInt8 = 0
    var mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    /// 7, 16 or 64 bits for the length; nil for the shortest that fits.
    var lengthBits: Int?

    static func text(_ text: String) -> Self { Self(opcode: 1, payload: Array(text.utf8)) }
    static func close(_ code: UInt16?) -> Self {
        Self(opcode: 8, payload: code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [])
    }
    static let pong = Self(opcode: 10, payload: [])

    var bytes: [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
        let maskBit: UInt8 = isMasked ? 0x80 : 0
        let bits = lengthBits ?? (payload.count < 126 ? 7 : payload.count < 65_536 ? 16 : 64)
        switch bits {
        case 7: bytes.append(maskBit | UInt8(payload.count))
        case 16: bytes += [maskBit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            bytes.append(maskBit | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        guard isMasked else { return bytes + payload }
        bytes += mask
        for (index, byte) in payload.enumerated() { bytes.append(byte ^ mask[index % 4]) }
        return bytes
    }
}

/// What the server sent, cut into frames.
struct ServerFrame: Equatable {
    var opcode: UInt8
    var payload: [UInt8]
    var isCompressed = false

    var text: String { String(decoding: payload, as: UTF8.self) }
    /// Of a close frame.
    var code: UInt16? { payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil }
    var reason: String { String(decoding: payload.dropFirst(2), as: UTF8.self) }

    /// Takes the whole frames off the front.
    static func take(from bytes: inout [UInt8]) -> [ServerFrame] {
        var frames: [ServerFrame] = []
        while bytes.count >= 2 {
            var length = Int(bytes[1] & 0x7F)
            var head = 2
            if length == 126 {
                guard bytes.count >= 4 else { break }
                length = Int(bytes[2]) << 8 | Int(bytes[3])
                head = 4
            } else if length == 127 {
                guard bytes.count >= 10 else { break }
                length = bytes[2..<10].reduce(0) { $0 << 8 | Int($1) }
                head = 10
            }
            guard bytes.count >= head + length else { break }
            frames.append(
                ServerFrame(
                    opcode: bytes[0] & 0x0F, payload: Array(bytes[head..<head + length]),
                    isCompressed: bytes[0] & 0x40 != 0))
            bytes.removeFirst(head + length)
        }
        return frames
    }
}
