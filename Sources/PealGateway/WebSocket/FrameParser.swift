/// Reads a client's WebSocket frames (RFC 6455 §5), cut wherever the network cut them.
///
/// Keeps nothing while idle: its arrays are empty between messages.
struct FrameParser: Sendable {
    enum Event: Sendable, Equatable {
        case text([UInt8])
        case binary([UInt8])
        case ping([UInt8])
        case pong
        /// Nil where the client gave no code.
        case close(CloseCode?)
        /// The client broke the standard; nothing after it is read.
        case failure(Violation)

        /// Whether nothing can follow it.
        var isLast: Bool {
            switch self {
            case .close, .failure: true
            case .text, .binary, .ping, .pong: false
            }
        }
    }

    private enum Stage: Sendable {
        case opcode
        case length
        /// Within a length of 2 or 8 bytes; how many are missing.
        case extendedLength(UInt8)
        /// How many bytes of the mask are missing.
        case mask(UInt8)
        case payload
        case ended
    }

    private let messageLimit: UInt32
    /// Whether permessage-deflate was agreed on (RFC 7692).
    private let inflates: Bool
    private var stage = Stage.opcode
    private var opcode = Opcode.text
    private var isFinal = true
    private var isCompressed = false
    private var lengthForm: UInt8 = 0
    /// The opcode of the message that is being put together from fragments.
    private var fragmented: Opcode?
    private var validator = UTF8Validator()
    private var maskOffset: UInt8 = 0
    private var mask: UInt32 = 0
    private var remaining: UInt64 = 0
    private var message: [UInt8] = []
    private var control: [UInt8] = []

    /// - Parameter messageLimit: in bytes; of a compressed message after it was inflated.
    init(messageLimit: Int, inflates: Bool = false) {
        self.messageLimit = UInt32(clamping: messageLimit)
        self.inflates = inflates
    }

    /// Whether it stands between two messages, where a new parser does as well.
    var isIdle: Bool {
        if case .opcode = stage { fragmented == nil } else { false }
    }

    /// The next event; nil where all bytes are used up.
    mutating func next(in bytes: UnsafeRawBufferPointer, from index: inout Int) -> Event? {
        while true {
            if case .payload = stage {
                if let event = readPayload(bytes, from: &index) { return event }
                if remaining > 0 { return nil }
                continue
            }
            guard index < bytes.count else { return nil }
            let byte = bytes[index]
            index += 1
            if let violation = readHead(byte) { return end(.failure(violation)) }
        }
    }

    private mutating func end(_ event: Event) -> Event {
        stage = .ended
        message = []
        control = []
        return event
    }
}

// MARK: - Head

extension FrameParser {
    private mutating func readHead(_ byte: UInt8) -> Violation? {
        switch stage {
        case .opcode: return readOpcode(byte)
        case .length: return readLength(byte)
        case .extendedLength(let missing):
            remaining = remaining << 8 | UInt64(byte)
            stage = .extendedLength(missing - 1)
            return missing == 1 ? lengthEnded() : nil
        case .mask(let missing):
            mask |= UInt32(byte) << (8 * UInt32(4 - missing))
            stage = missing == 1 ? .payload : .mask(missing - 1)
            return nil
        case .payload, .ended: return nil
        }
    }

    private mutating func readOpcode(_ byte: UInt8) -> Violation? {
        let reserved = byte & 0x70
        guard reserved == 0 || reserved == 0x40 && inflates else { return .reservedBits }
        guard let opcode = Opcode(rawValue: byte & 0x0F) else { return .unknownOpcode }
        isFinal = byte & 0x80 != 0
        switch opcode {
        case .close, .ping, .pong:
            guard reserved == 0 else { return .reservedBits }
            guard isFinal else { return .fragmentedControl }
        case .continuation:
            guard reserved == 0 else { return .reservedBits }
            guard fragmented != nil else { return .orphanedContinuation }
        case .text, .binary:
            guard fragmented == nil else { return .interruptedMessage }
            isCompressed = reserved != 0
            validator = UTF8Validator()
        }
        self.opcode = opcode
        stage = .length
        return nil
    }

    private mutating func readLength(_ byte: UInt8) -> Violation? {
        guard byte & 0x80 != 0 else { return .unmasked }
        lengthForm = byte & 0x7F
        if lengthForm < 126 {
            remaining = UInt64(lengthForm)
            return lengthEnded()
        }
        guard !opcode.isControl else { return .oversizedControl }
        remaining = 0
        stage = .extendedLength(lengthForm == 126 ? 2 : 8)
        return nil
    }

    private mutating func lengthEnded() -> Violation? {
        if lengthForm == 126, remaining < 126 { return .lengthNotMinimal }
        if lengthForm == 127, remaining < 65_536 || remaining >> 63 != 0 { return .lengthNotMinimal }
        // The first test keeps the sum from running over.
        if !opcode.isControl, remaining > pieceLimit || UInt64(message.count) + remaining > pieceLimit {
            return .messageTooBig
        }
        mask = 0
        maskOffset = 0
        stage = .mask(4)
        return nil
    }
}

// MARK: - Payload

extension FrameParser {
    /// What a message may have before it is inflated: what cannot be compressed grows a little.
    private var pieceLimit: UInt64 {
        let limit = UInt64(messageLimit)
        return isCompressed ? limit + limit / 64 + 64 : limit
    }

    private mutating func readPayload(_ bytes: UnsafeRawBufferPointer, from index: inout Int) -> Event? {
        let count = min(bytes.count - index, Int(remaining))
        if count > 0 {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[index..<index + count])
            index += count
            remaining -= UInt64(count)
            if opcode.isControl {
                Masking.append(piece, to: &control, mask: mask, offset: maskOffset)
            } else {
                let start = message.count
                Masking.append(piece, to: &message, mask: mask, offset: maskOffset)
                if isText, !validate(from: start) { return end(.failure(.invalidText)) }
            }
            maskOffset = UInt8(truncatingIfNeeded: Int(maskOffset) + count) & 3
        }
        return remaining == 0 ? frameEnded() : nil
    }

    private var isText: Bool { (fragmented ?? opcode) == .text && !isCompressed }

    private mutating func validate(from start: Int) -> Bool {
        message.withUnsafeBytes { validator.accept(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    private mutating func frameEnded() -> Event? {
        stage = .opcode
        switch opcode {
        case .pong:
            control = []
            return .pong
        case .ping:
            defer { control = [] }
            return .ping(control)
        case .close:
            return end(close(control))
        case .text, .binary, .continuation:
            let kind = fragmented ?? opcode
            guard isFinal else {
                fragmented = kind
                return nil
            }
            if isCompressed, let violation = inflate(kind) { return end(.failure(violation)) }
            guard kind != .text || validator.isComplete else { return end(.failure(.invalidText)) }
            defer { message = [] }
            fragmented = nil
            return kind == .text ? .text(message) : .binary(message)
        }
    }

    private mutating func inflate(_ kind: Opcode) -> Violation? {
        do throws(Violation) {
            message = try Inflater.inflate(message, limit: Int(messageLimit))
        } catch {
            return error
        }
        return kind != .text || validate(from: 0) ? nil : .invalidText
    }

    private func close(_ payload: [UInt8]) -> Event {
        guard payload.count != 1 else { return .failure(.closePayload) }
        guard payload.count >= 2 else { return .close(nil) }
        let code = CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isAllowedOnTheWire else { return .failure(.closeCode) }
        var validator = UTF8Validator()
        let isValid = payload.withUnsafeBytes { validator.accept(UnsafeRawBufferPointer(rebasing: $0[2...])) }
        return isValid && validator.isComplete ? .close(code) : .failure(.invalidText)
    }
}
