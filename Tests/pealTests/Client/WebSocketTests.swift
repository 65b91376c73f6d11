import NIOCore
import Testing

@testable import peal

@Suite struct WebSocketTests {
    private static func unmasked(_ opcode: UInt8, _ count: Int) -> ByteBuffer {
        var buffer = ByteBuffer(integer: 0x80 | opcode)
        switch count {
        case 0..<126: buffer.writeInteger(UInt8(count))
        case 126...0xFFFF:
            buffer.writeInteger(126 as UInt8)
            buffer.writeInteger(UInt16(count))
        default:
            buffer.writeInteger(127 as UInt8)
            buffer.writeInteger(UInt64(count))
        }
        buffer.writeRepeatingByte(0x61, count: count)
        return buffer
    }

    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536]) func framesAreReadWholeOrNotAtAll(count: Int) throws {
        let whole = Self.unmasked(WebSocketOpcode.text, count)
        for length in Set([0, 1, 2, 3, whole.readableBytes - 1]) where length < whole.readableBytes {
            var part = try #require(whole.getSlice(at: 0, length: length))
            #expect(try WebSocketFrame.read(from: &part) == nil)
            #expect(part.readableBytes == length)
        }
        var buffer = whole
        buffer.writeInteger(0xFF as UInt8)
        let frame = try #require(try WebSocketFrame.read(from: &buffer))
        #expect(frame.isFinal && frame.opcode == WebSocketOpcode.text)
        #expect(frame.payload.readableBytes == count)
        #expect(buffer.readableBytes == 1)
    }

    @Test func aMaskedOrReservedFrameOfAServerIsRefused() {
        for bytes in [[0x81, 0x80] as [UInt8], [0xC1, 0x00]] {
            var buffer = ByteBuffer(bytes: bytes)
            #expect(throws: Failure.self) { try WebSocketFrame.read(from: &buffer) }
        }
    }

    @Test(arguments: [5, 200, 70_000]) func writtenFramesAreMasked(count: Int) throws {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var buffer = ByteBuffer()
        WebSocketFrame.write(opcode: WebSocketOpcode.text, payload, into: &buffer)
        let headBytes = count < 126 ? 2 : count < 65_536 ? 4 : 10
        #expect(buffer.readableBytes == headBytes + 4 + count)
        #expect(try #require(buffer.getInteger(at: 1, as: UInt8.self)) & 0x80 != 0)
        let mask = try #require(buffer.getBytes(at: headBytes, length: 4))
        let masked = try #require(buffer.getBytes(at: headBytes + 4, length: count))
        #expect(masked.enumerated().map { $1 ^ mask[$0 % 4] } == payload)
    }

    @Test func onlyTheAnswerToOurKeyCounts() throws {
        // RFC 6455 §1.3.
        let handshake = WebSocketHandshake(
            server: .usual, path: "/", token: "t", key: "dGhlIHNhbXBsZSBub25jZQ==")
        func accepts(_ value: String) throws -> Bool {
            var buffer = ByteBuffer(string: "HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: \(value)\r\n\r\nrest")
            let answer = try #require(try WebSocketAnswer.read(from: &buffer))
            #expect(buffer.readableBytes == 4)
            return handshake.isAccepted(by: answer)
        }
        #expect(try accepts("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        #expect(try !accepts("s3pPLMBiTxaQ9kYGzzhZRbK+xOp="))
    }

    @Test func addressesAreRead() {
        #expect(ServerAddress("http://localhost") == .init(host: "localhost", port: 80, isEncrypted: false))
        #expect(ServerAddress("https://a.example:8443/x") == .init(host: "a.example", port: 8443, isEncrypted: true))
        #expect(ServerAddress("http://[::1]:8080")?.authority == "[::1]:8080")
        #expect(ServerAddress("localhost:8080") == nil)
        #expect(ServerAddress("ftp://a") == nil)
    }
}
