/// How a client broke RFC 6455; the connection is closed with ``code``.
enum Violation: UInt8, Error {
    case reservedBits
    case unknownOpcode
    case fragmentedControl
    case orphanedContinuation
    case interruptedMessage
    case unmasked
    case oversizedControl
    case lengthNotMinimal
    case messageTooBig
    case closePayload
    case closeCode
    case invalidText
    case invalidCompression

    var code: CloseCode {
        switch self {
        case .messageTooBig: .messageTooBig
        case .invalidText, .invalidCompression: .invalidPayload
        default: .protocolError
        }
    }

    /// The reason in the close frame.
    var reason: String {
        switch self {
        case .reservedBits: "reserved bits are set"
        case .unknownOpcode: "unknown opcode"
        case .fragmentedControl: "a control frame is fragmented"
        case .orphanedContinuation: "a continuation without a beginning"
        case .interruptedMessage: "a message inside another"
        case .unmasked: "a frame is not masked"
        case .oversizedControl: "a control frame is longer than 125 bytes"
        case .lengthNotMinimal: "a length is not minimal"
        case .messageTooBig: "the message is too big"
        case .closePayload: "a close code of one byte"
        case .closeCode: "a close code that is not allowed"
        case .invalidText: "invalid UTF-8"
        case .invalidCompression: "a compressed message that cannot be inflated by itself"
        }
    }
}
