import NIOCore
import NIOSSL

/// A client of a crowd, whatever it speaks.
protocol CrowdHandler: ChannelInboundHandler {
    /// Leaves as its protocol does that.
    func close()
}

extension WebSocketClientHandler: CrowdHandler {}

extension BenchCarrier {
    /// - Parameter port: of the server, on loopback.
    func makeHandler<Receiver: WebSocketReceiver>(port: Int, token: String, receiver: Receiver) -> any CrowdHandler {
        let server = ServerAddress(host: "127.0.0.1", port: port, isEncrypted: isEncrypted)
        switch transport {
        case .webSocket:
            let handshake = WebSocketHandshake(
                server: server, path: "/ws/notifications?limit=1", token: token, offersCompression: isCompressed)
            return WebSocketClientHandler(handshake, receiver: receiver)
        case .eventStream: return EventStreamClientHandler(server, token: token, receiver: receiver)
        case .longPoll: return LongPollClientHandler(server, token: token, receiver: receiver)
        }
    }

    /// Nil for plain text. Nobody's certificate is checked: the server is our own, on loopback.
    func makeTLS() throws -> NIOSSLContext? {
        guard isEncrypted else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Bytes that come in pieces, and the end of what belongs together.
struct PendingBytes {
    private(set) var buffer = ByteBuffer()

    mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeBuffer(&bytes) }
    }

    /// Everything up to and with the next pattern; nil, and nothing taken, where that has not come.
    mutating func take(through pattern: StaticString) -> ByteBuffer? {
        let count = buffer.withUnsafeReadableBytes { bytes in Self.end(of: pattern, in: bytes) }
        return count.flatMap { take(count: $0) }
    }

    mutating func take(count: Int) -> ByteBuffer? {
        guard let taken = buffer.readSlice(length: count) else { return nil }
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
        return taken
    }

    private static func end(of pattern: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let wanted = UnsafeBufferPointer(start: pattern.utf8Start, count: pattern.utf8CodeUnitCount)
        guard bytes.count >= wanted.count else { return nil }
        for start in 0...bytes.count - wanted.count where bytes[start] == wanted[0] {
            if (1..<wanted.count).allSatisfy({ bytes[start + $0] == wanted[$0] }) { return start + wanted.count }
        }
        return nil
    }
}

/// The head of an answer, as far as a measurement looks at it.
struct AnswerHead {
    let status: Int
    let contentLength: Int

    /// Nil for what is no HTTP answer.
    init?(_ head: ByteBuffer) {
        guard let found = head.withUnsafeReadableBytes(Self.read) else { return nil }
        (status, contentLength) = found
    }

    private static let lengthField = Array("\r\ncontent-length:".utf8)

    private static func read(_ bytes: UnsafeRawBufferPointer) -> (Int, Int)? {
        // "HTTP/1.1 200 "
        guard bytes.count > 12, let status = number(in: bytes, from: 9), status >= 100 else { return nil }
        for start in 0..<max(0, bytes.count - lengthField.count) where bytes[start] == lengthField[0] {
            // Letters differ from their capitals by one bit.
            guard lengthField.indices.allSatisfy({ bytes[start + $0] | 0x20 == lengthField[$0] | 0x20 }) else {
                continue
            }
            return (status, number(in: bytes, from: start + lengthField.count) ?? 0)
        }
        return (status, 0)
    }

    private static func number(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var value: Int?
        for byte in bytes[start...] {
            if byte == 0x20, value == nil { continue }
            guard (0x30...0x39).contains(byte), value ?? 0 < 1 << 40 else { break }
            value = (value ?? 0) * 10 + Int(byte & 0xF)
        }
        return value
    }
}
