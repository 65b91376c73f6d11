import Testing

@testable import PealGateway

/// RFC 6455 §5, as a server must hear it.
@Suite struct FrameParserTests {
    static func events(_ bytes: [UInt8], limit: Int = 8192, piece: Int = .max) -> [FrameParser.Event] {
        var parser = FrameParser(messageLimit: limit)
        var events: [FrameParser.Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            part.withUnsafeBytes { part in
                var index = 0
                while let event = parser.next(in: part, from: &index) { events.append(event) }
            }
        }
        return events
    }

    private func events(_ frames: ClientFrame..., limit: Int = 8192) -> [FrameParser.Event] {
        let bytes = frames.flatMap(\.bytes)
        let whole = Self.events(bytes, limit: limit)
        #expect(Self.events(bytes, limit: limit, piece: 1) == whole, "one byte at a time")
        return whole
    }

    @Test func theExampleOfTheStandard() {
        // §5.7: a single-frame masked text message.
        let bytes: [UInt8] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
        #expect(Self.events(bytes) == [.text(Array("Hello".utf8))])
    }

    @Test func aMessageInFragmentsWithAPingBetween() {
        #expect(
            events(
                ClientFrame(opcode: 1, payload: Array("Hel".utf8), isFinal: false),
                ClientFrame(opcode: 9, payload: Array("?".utf8)),
                ClientFrame(opcode: 0, payload: Array("lo".utf8)))
                == [.ping(Array("?".utf8)), .text(Array("Hello".utf8))])
    }

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 4096])
    func everyLengthForm(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: 0x20 + $0 % 90) }
        #expect(events(ClientFrame(opcode: 2, payload: payload)) == [.binary(payload)])
    }

    @Test func theLongestForm() {
        let payload = [UInt8](repeating: 0x61, count: 70_000)
        #expect(Self.events(ClientFrame(opcode: 1, payload: payload).bytes, limit: 70_000) == [.text(payload)])
    }

    @Test(arguments: [
        (ClientFrame(opcode: 1, payload: [], isMasked: false), Violation.unmasked),
        (ClientFrame(opcode: 1, payload: [], reserved: 4), .reservedBits),
        (ClientFrame(opcode: 1, payload: [], reserved: 1), .reservedBits),
        (ClientFrame(opcode: 3, payload: []), .unknownOpcode),
        (ClientFrame(opcode: 11, payload: []), .unknownOpcode),
        (ClientFrame(opcode: 0, payload: []), .orphanedContinuation),
        (ClientFrame(opcode: 9, payload: [], isFinal: false), .fragmentedControl),
        (ClientFrame(opcode: 9, payload: .init(repeating: 0, count: 126)), .oversizedControl),
        (ClientFrame(opcode: 1, payload: [0x61], lengthBits: 16), .lengthNotMinimal),
        (ClientFrame(opcode: 1, payload: .init(repeating: 0x61, count: 200), lengthBits: 64), .lengthNotMinimal),
        (ClientFrame(opcode: 1, payload: .init(repeating: 0x61, count: 8193)), .messageTooBig),
        (ClientFrame(opcode: 8, payload: [3]), .closePayload),
        (ClientFrame.close(1005), .closeCode),
        (ClientFrame.close(999), .closeCode),
        (ClientFrame.close(2999), .closeCode),
        (ClientFrame.close(5000), .closeCode),
        (ClientFrame(opcode: 8, payload: [0x03, 0xE8, 0xC0, 0xAF]), .invalidText),
        (ClientFrame(opcode: 1, payload: [0xC0, 0xAF]), .invalidText),
        (ClientFrame(opcode: 1, payload: [0xED, 0xA0, 0x80]), .invalidText),
        (ClientFrame(opcode: 1, payload: [0xF4, 0x90, 0x80, 0x80]), .invalidText),
        (ClientFrame(opcode: 1, payload: [0xCE]), .invalidText),
    ])
    func violations(frame: ClientFrame, violation: Violation) {
        #expect(events(frame) == [.failure(violation)])
    }

    @Test func nothingIsReadAfterAViolation() {
        #expect(
            events(ClientFrame(opcode: 3, payload: []), .text("later")) == [.failure(.unknownOpcode)])
    }

    @Test func aHugeLengthIsRefusedBeforeItsBytes() {
        let head: [UInt8] = [0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(Self.events(head) == [.failure(.messageTooBig)])
        #expect(Self.events([0x81, 0xFF] + [UInt8](repeating: 0xFF, count: 8)) == [.failure(.lengthNotMinimal)])
    }

    @Test func fragmentsCountTogether() {
        let half = [UInt8](repeating: 0x61, count: 5000)
        #expect(
            events(
                ClientFrame(opcode: 1, payload: half, isFinal: false), ClientFrame(opcode: 0, payload: half))
                == [.failure(.messageTooBig)])
    }

    @Test func aCharacterMayBeCutByFragmentsButNotByTheEnd() {
        let letter = Array("ç".utf8)
        #expect(
            events(
                ClientFrame(opcode: 1, payload: [letter[0]], isFinal: false),
                ClientFrame(opcode: 0, payload: [letter[1]])) == [.text(letter)])
        #expect(
            events(
                ClientFrame(opcode: 1, payload: [letter[0]], isFinal: false),
                ClientFrame(opcode: 0, payload: [])) == [.failure(.invalidText)])
    }

    @Test func badTextFailsAtItsByteNotAtTheEnd() {
        var parser = FrameParser(messageLimit: 8192)
        let bytes = Array(ClientFrame(opcode: 1, payload: [0x61, 0xFF, 0x61, 0x61]).bytes.dropLast(2))
        bytes.withUnsafeBytes { bytes in
            var index = 0
            #expect(parser.next(in: bytes, from: &index) == .failure(.invalidText))
        }
    }

    @Test(arguments: [nil, 1000, 1001, 1003, 1011, 3000, 4999])
    func closing(code: UInt16?) {
        #expect(events(ClientFrame.close(code)) == [.close(code.map { CloseCode(rawValue: $0) })])
    }

    @Test func serverHeadsAreMinimal() {
        #expect(FrameHeader.frame(.text, Array("Hello".utf8)) == [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        #expect(FrameHeader.frame(.binary, [UInt8](repeating: 0, count: 256)).prefix(4) == [0x82, 0x7E, 0x01, 0x00])
        #expect(
            FrameHeader.frame(.binary, [UInt8](repeating: 0, count: 65_536)).prefix(10)
                == [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])
        #expect(FrameHeader.close(.normal, reason: "x") == [0x88, 3, 0x03, 0xE8, 0x78])
        #expect(FrameHeader.close(nil) == [0x88, 0])
        #expect(FrameHeader.close(.normal, reason: String(repeating: "é", count: 90)).count <= 127)
    }

    @Test func theHandshakeOfTheStandard() {
        // §1.3
        #expect(WebSocketKey.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(WebSocketKey.isValid("dGhlIHNhbXBsZSBub25jZQ=="))
        #expect(!WebSocketKey.isValid("dGhlIHNhbXBsZQ=="))
        #expect(!WebSocketKey.isValid("dGhlIHNhbXBsZSBub25jZ!=="))
    }
}
