import Testing

@testable import PealGateway

/// The pieces behind permessage-deflate under whatever comes: no trap, bounded output, the same however it is cut.
@Suite struct DeflateFuzzTests {
    @Test func offers() async {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        let words = [
            "permessage-deflate", "server_max_window_bits", "client_max_window_bits", "server_no_context_takeover",
            "client_no_context_takeover", ";", ";", ",", "=", "=", "\"", " ", "\t", "\\", "8", "15", "16", "é", "\0",
            "a",
        ]
        var (agreed, refused) = (0, 0)
        for round in 0..<100_000 {
            if round.isMultiple(of: 500) { await Task.yield() }
            var text = Bool.random(using: &random) ? "permessage-deflate" : ""
            for _ in 0..<Int.random(in: 0...8, using: &random) { text += words.randomElement(using: &random) ?? "" }
            guard let offers = ExtensionOffer.parse(text) else {
                refused += 1
                continue
            }
            guard let agreement = DeflateAgreement(firstOf: offers) else { continue }
            agreed += 1
            // What is answered must be an offer that we would take.
            let echoed = ExtensionOffer.parse(agreement.answer).flatMap { DeflateAgreement(firstOf: $0) }
            #expect(echoed?.answer == agreement.answer, "seed \(seed), round \(round): \(text)")
        }
        #expect(agreed > 1000 && refused > 1000, "seed \(seed)")
    }

    @Test func roundTrips() async {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        for round in 0..<5000 {
            if round.isMultiple(of: 100) { await Task.yield() }
            let text = Self.text(&random)
            let compressed = DeflateTests.compressed(text)
            // Nothing is made of what would not shrink.
            if compressed.isEmpty { continue }
            #expect((try? Inflater.inflate(compressed, limit: text.count)) == text, "seed \(seed), round \(round)")
            #expect(throws: Violation.messageTooBig, "seed \(seed), round \(round)") {
                try Inflater.inflate(compressed, limit: text.count - 1)
            }
        }
    }

    @Test func damagedStreams() async {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        var inflated = 0
        for round in 0..<20_000 {
            if round.isMultiple(of: 100) { await Task.yield() }
            var bytes = DeflateTests.compressed(Self.text(&random))
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1: bytes.removeLast(bytes.count - index)
                default: bytes.insert(.random(in: 0...255, using: &random), at: index)
                }
            }
            do throws(Violation) {
                let output = try Inflater.inflate(bytes, limit: 3000)
                #expect(output.count <= 3000, "seed \(seed), round \(round)")
                inflated += 1
            } catch {
                #expect(error == .messageTooBig || error == .invalidCompression, "seed \(seed), round \(round)")
            }
        }
        #expect(inflated > 0 && inflated < 20_000, "seed \(seed)")
    }

    @Test func compressedMessagesCutAnywhere() async {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        for round in 0..<5000 {
            if round.isMultiple(of: 100) { await Task.yield() }
            let text = Self.text(&random)
            let payload = DeflateTests.compressed(text)
            let cut = Int.random(in: 0...payload.count, using: &random)
            let events = DeflateTests.events(
                ClientFrame(
                    opcode: 1, payload: Array(payload[..<cut]), isFinal: false, reserved: payload.isEmpty ? 0 : 4),
                ClientFrame(opcode: 0, payload: Array(payload[cut...])), .text("next"),
                limit: 4096, piece: .random(in: 1...300, using: &random))
            let first = payload.isEmpty ? [] : text
            #expect(events == [.text(first), .text(Array("next".utf8))], "seed \(seed), round \(round)")
        }
    }

    private static func text(_ random: inout SeededGenerator) -> [UInt8] {
        let words = ["{\"type\":", "\"notification\"", ",\"seq\":", "42", "ç", "\u{1F514}", " "]
        var text = ""
        for _ in 0..<Int.random(in: 1...200, using: &random) { text += words.randomElement(using: &random) ?? "" }
        return Array(text.utf8)
    }
}
