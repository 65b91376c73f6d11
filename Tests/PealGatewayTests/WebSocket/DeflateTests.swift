import NIOCore
import Testing

@testable import PealGateway

/// RFC 7692 §6 and §7.2.
@Suite struct DeflateTests {
    /// A client's compressed message: what our own side would make of it, without the head.
    static func compressed(_ payload: [UInt8]) -> [UInt8] {
        payload.withUnsafeBytes { Deflater.compress($0, leaving: 0) } ?? []
    }

    static func events(_ frames: ClientFrame..., limit: Int = 8192, piece: Int = .max) -> [FrameParser.Event] {
        var parser = FrameParser(messageLimit: limit, inflates: true)
        var events: [FrameParser.Event] = []
        var rest = frames.flatMap(\.bytes)[...]
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

    private static let hello = Array("Hello".utf8)

    @Test(arguments: [
        // §7.2.3.1: one compressed block; §7.2.3.3: a stored block; §7.2.3.4: a final block; §7.2.3.5: two blocks.
        [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
        [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
    ])
    func theExamplesOfTheStandard(payload: [UInt8]) {
        #expect(Self.events(ClientFrame(opcode: 1, payload: payload, reserved: 4)) == [.text(Self.hello)])
        #expect(Self.events(ClientFrame(opcode: 1, payload: payload, reserved: 4), piece: 1) == [.text(Self.hello)])
    }

    @Test func fragmentsAreInflatedTogether() {
        // §7.2.3.1: the bit is set on the first fragment only.
        #expect(
            Self.events(
                ClientFrame(opcode: 1, payload: [0xf2, 0x48, 0xcd], isFinal: false, reserved: 4),
                ClientFrame(opcode: 9, payload: [7]),
                ClientFrame(opcode: 0, payload: [0xc9, 0xc9, 0x07, 0x00]), .text("plain"))
                == [.ping([7]), .text(Self.hello), .text(Array("plain".utf8))])
    }

    @Test func anEmptyMessage() {
        #expect(Self.events(ClientFrame(opcode: 2, payload: [0], reserved: 4)) == [.binary([])])
        #expect(Self.events(ClientFrame(opcode: 1, payload: [], reserved: 4)) == [.text([])])
    }

    @Test(arguments: [
        // The bit where it has no meaning.
        (ClientFrame(opcode: 9, payload: [], reserved: 4), Violation.reservedBits),
        (ClientFrame(opcode: 8, payload: [], reserved: 4), .reservedBits),
        (ClientFrame(opcode: 0, payload: [], reserved: 4), .reservedBits),
        (ClientFrame(opcode: 1, payload: [], reserved: 6), .reservedBits),
        (ClientFrame(opcode: 1, payload: [], reserved: 2), .reservedBits),
        // No deflate at all; the end of a message within a block; a window from another message (§7.2.3.2).
        (ClientFrame(opcode: 1, payload: [0xFF, 0xFF], reserved: 4), .invalidCompression),
        (ClientFrame(opcode: 1, payload: [0xf2, 0x48, 0xcd], reserved: 4), .invalidCompression),
        (ClientFrame(opcode: 1, payload: [0xf2, 0x00, 0x11, 0x00, 0x00], reserved: 4), .invalidCompression),
        (ClientFrame(opcode: 1, payload: compressed(.init(repeating: 0xFF, count: 500)), reserved: 4), .invalidText),
    ])
    func violations(frame: ClientFrame, violation: Violation) {
        #expect(Self.events(frame) == [.failure(violation)])
    }

    @Test func withoutAgreementTheBitIsAViolation() {
        let frame = ClientFrame(opcode: 1, payload: [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], reserved: 4)
        #expect(FrameParserTests.events(frame.bytes) == [.failure(.reservedBits)])
    }

    @Test(arguments: [8191, 8192, 8193, 1 << 24])
    func theLimitCountsAfterInflating(count: Int) {
        let payload = Self.compressed([UInt8](repeating: 0x61, count: count))
        let frame = ClientFrame(opcode: 1, payload: payload, reserved: 4)
        guard count <= 8192 else {
            // 16 MiB of one letter go into 16 KiB, so that the frame itself is too big there.
            return #expect(Self.events(frame) == [.failure(.messageTooBig)])
        }
        #expect(Self.events(frame) == [.text([UInt8](repeating: 0x61, count: count))])
    }

    @Test func aBombIsRefusedByItsOutput() {
        let bomb = Self.compressed([UInt8](repeating: 0x61, count: 1 << 20))
        #expect(bomb.count < 8192)
        #expect(throws: Violation.messageTooBig) { try Inflater.inflate(bomb, limit: 8192) }
    }

    @Test func whatCannotBeCompressedMayFillTheLimit() {
        var random = SeededGenerator(seed: 3)
        let noise = (0..<8192).map { _ in UInt8.random(in: 0...255, using: &random) }
        var stored: [UInt8] = []
        for start in stride(from: 0, to: noise.count, by: 4096) {
            stored += [0, 0x00, 0x10, 0xFF, 0xEF] + noise[start..<start + 4096]
        }
        #expect(
            Self.events(ClientFrame(opcode: 2, payload: stored + [0], reserved: 4)) == [.binary(noise)])
    }

    @Test func manyEndsOfTheStreamAreRefused() {
        let end: [UInt8] = [0x03, 0x00]
        #expect((try? Inflater.inflate(.init([[UInt8]](repeating: end, count: 10).joined()) + [0], limit: 10)) == [])
        #expect(throws: Violation.invalidCompression) {
            try Inflater.inflate(.init([[UInt8]](repeating: end, count: 1000).joined()) + [0], limit: 10)
        }
    }

    @Test(arguments: [256, 1000, 5000, 70_000])
    func framesOfTheServer(count: Int) throws {
        let text = Array((0..<count).map { "{\"seq\":\($0 % 97)}" }.joined().utf8.prefix(count))
        let plain = WireBytes(bytes: FrameHeader.frame(.text, text))
        let compressed = CompressedFrame.make(from: plain)
        #expect(compressed.readableBytes < plain.readableBytes / 2)
        #expect(compressed.readableBytesView.first == 0xC1)
        var bytes = Array(compressed.readableBytesView)
        bytes[0] &= 0xBF
        let payload = try #require(ServerFrame.take(from: &bytes).first?.payload)
        #expect(bytes.isEmpty)
        #expect(try Inflater.inflate(payload, limit: count) == text)
    }

    @Test func whatIsNotWorthCompressingStaysAsItIs() {
        var random = SeededGenerator(seed: 5)
        let noise = (0..<2000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let frames = [
            FrameHeader.frame(.text, [UInt8](repeating: 0x61, count: 255)), FrameHeader.frame(.binary, noise),
            FrameHeader.close(.normal, reason: String(repeating: "a", count: 120)), FrameHeader.frame(.ping, []),
            // Two at once.
            FrameHeader.frame(.text, [UInt8](repeating: 0x61, count: 300)) + FrameHeader.frame(.text, [0x61]),
        ]
        for frame in frames {
            #expect(CompressedFrame.make(from: WireBytes(bytes: frame)) == WireBytes(bytes: frame))
        }
    }
}
