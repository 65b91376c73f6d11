import PealCore
import Testing

@testable import PealGateway

/// Whatever comes, cut however: no trap, and the same events as in one piece.
@Suite struct FuzzTests {
    @Test func frames() async {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        for round in 0..<100_000 {
            // The other tests share these threads.
            if round.isMultiple(of: 500) { await Task.yield() }
            let bytes = Self.stream(&random)
            let whole = FrameParserTests.events(bytes, limit: 300)
            let pieces = Self.inPieces(bytes, &random)
            #expect(whole == pieces, "seed \(seed), round \(round): \(bytes)")
            if whole != pieces { return }
        }
    }

    @Test func commands() async {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        let samples = [
            #"{"type":"mark_read","id":"a","notification_id":"0193f5c2-aaaa-7bbb-8ccc-dddddddddddd"}"#,
            #"{"action":"list","id":12.5e3,"cursor":null,"limit":20,"status":"unread","notification_type":"like"}"#,
            #"{"type":"mark_all_read","up_to_seq":42,"id":"\u00e7\""}"#,
            #"{"type":"refresh_token","token":"a.b.c"}"#, "ping", #"{"type":"get_unread_count","id":[]}"#,
        ].map { Array($0.utf8) }
        var understood = 0
        for round in 0..<100_000 {
            // The other tests share these threads.
            if round.isMultiple(of: 500) { await Task.yield() }
            let bytes = Self.mutated(samples.randomElement(using: &random) ?? [], &random)
            do throws(CommandError) {
                let request = try ClientRequest(parsing: bytes)
                understood += 1
                // What is echoed must be JSON again.
                if !request.id.isEmpty {
                    #expect((try? JSON.parse(request.id.utf8)) != nil, "seed \(seed), round \(round)")
                }
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        #expect(understood > 0, "seed \(seed)")
    }

    @Test func heads() async {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        let sample = Array(
            """
            GET /ws/notifications?token=a%20b&since=x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
            Connection: keep-alive, Upgrade\r\nSec-WebSocket-Protocol: peal.v1, peal.bearer.x\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
            """.utf8)
        let doorkeeper = Doorkeeper(GatewaySettings())
        for round in 0..<20_000 {
            if round.isMultiple(of: 500) { await Task.yield() }
            let bytes = Self.mutated(sample, &random)
            let head = bytes.withUnsafeBytes { bytes -> RequestHead? in
                guard let end = HeadParser.end(of: bytes, from: 0) else { return nil }
                return HeadParser.parse(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            }
            if let head { _ = doorkeeper.admit(head) }
        }
    }

    private static func stream(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let count =
                Bool.random(using: &random)
                ? Int.random(in: 0...20, using: &random) : .random(in: 100...160, using: &random)
            let isText = Bool.random(using: &random)
            let payload = (0..<count).map { _ in
                isText ? UInt8.random(in: 0x20...0x7E, using: &random) : .random(in: 0...255, using: &random)
            }
            var frame = ClientFrame(
                opcode: [0, 1, 1, 2, 8, 9, 10, 3].randomElement(using: &random) ?? 1, payload: payload,
                isFinal: Int.random(in: 0..<4, using: &random) > 0,
                isMasked: Int.random(in: 0..<30, using: &random) > 0,
                reserved: Int.random(in: 0..<30, using: &random) == 0 ? 2 : 0)
            frame.mask = (0..<4).map { _ in .random(in: 0...255, using: &random) }
            if count < 126, Int.random(in: 0..<30, using: &random) == 0 { frame.lengthBits = 16 }
            bytes += frame.bytes
        }
        return Int.random(in: 0..<3, using: &random) == 0 ? mutated(bytes, &random) : bytes
    }

    private static func inPieces(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [FrameParser.Event] {
        var parser = FrameParser(messageLimit: 300)
        var events: [FrameParser.Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(.random(in: 1...40, using: &random)))
            rest = rest.dropFirst(part.count)
            part.withUnsafeBytes { part in
                var index = 0
                while let event = parser.next(in: part, from: &index) { events.append(event) }
            }
        }
        return events
    }

    private static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = .random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(.random(in: 0...255, using: &random), at: index)
            default: bytes.removeLast(bytes.count - index)
            }
        }
        return bytes
    }
}
