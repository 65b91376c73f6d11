/// The head of a frame that the server sends: final, not masked (RFC 6455 §5.2).
enum FrameHeader {
    /// The longest head of an unmasked frame.
    static let byteLimit = 10

    /// Writes the head so that it ends where the payload begins.
    ///
    /// - Parameters:
    ///   - bytes: ``byteLimit`` spare bytes, then the payload.
    ///   - isCompressed: sets the bit RSV1 (RFC 7692 §6).
    /// - Returns: where the frame begins.
    static func fill(_ bytes: inout [UInt8], opcode: Opcode, isCompressed: Bool = false) -> Int {
        let length = bytes.count - byteLimit
        let start: Int
        switch length {
        case 0..<126:
            start = byteLimit - 2
            bytes[start + 1] = UInt8(length)
        case 126..<65_536:
            start = byteLimit - 4
            bytes[start + 1] = 126
            bytes[start + 2] = UInt8(length >> 8)
            bytes[start + 3] = UInt8(length & 0xFF)
        default:
            start = 0
            bytes[1] = 127
            for position in 0..<8 { bytes[2 + position] = UInt8(truncatingIfNeeded: length >> (56 - 8 * position)) }
        }
        bytes[start] = (isCompressed ? 0xC0 : 0x80) | opcode.rawValue
        return start
    }

    /// A whole frame.
    static func frame(_ opcode: Opcode, _ payload: some Collection<UInt8>) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteLimit)
        bytes.append(contentsOf: payload)
        let start = fill(&bytes, opcode: opcode)
        return Array(bytes[start...])
    }

    /// A close frame; the reason is cut to what a control frame holds.
    static func close(_ code: CloseCode?, reason: String = "") -> [UInt8] {
        guard let code else { return frame(.close, []) }
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        return frame(.close, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)] + Array(text.utf8))
    }
}
