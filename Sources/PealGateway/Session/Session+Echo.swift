import NIOCore

/// Conformance tests: the frame codec and the transports under a session that has no inbox.
extension Session {
    mutating func startEcho() -> SessionAction {
        flags.insert(.hasLoaded)
        phase = .live
        return .none
    }

    mutating func echo(_ opcode: Opcode, _ message: [UInt8]) {
        enqueue(WireBytes(bytes: FrameHeader.frame(opcode, message)))
    }
}
