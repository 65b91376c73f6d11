import PealRedis
import Testing

@Suite struct RESPParserTests {
    private func values(_ text: String, cut: Int = .max) throws -> [RESPValue] {
        var parser = RESPParser()
        var values: [RESPValue] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            parser.append(rest.prefix(cut))
            rest = rest.dropFirst(cut)
            while let value = try parser.next() { values.append(value) }
        }
        return values
    }

    private static let samples: [(text: String, value: RESPValue)] = [
        ("+OK\r\n", .string(Array("OK".utf8))), ("-ERR no\r\n", .error("ERR no")), (":-42\r\n", .integer(-42)),
        ("$5\r\na\r\nb\0\r\n", .string(Array("a\r\nb\0".utf8))), ("$0\r\n\r\n", .string([])), ("$-1\r\n", .null),
        ("*-1\r\n", .null), ("_\r\n", .null), ("*0\r\n", .array([])), ("#t\r\n", .bool(true)), ("#f\r\n", .bool(false)),
        (",3.25\r\n", .double(3.25)), (",inf\r\n", .double(.infinity)),
        ("(-349999999999999999999\r\n", .bigNumber("-349999999999999999999")),
        ("!9\r\nERR a b c\r\n", .error("ERR a b c")), ("=7\r\ntxt:abc\r\n", .string(Array("abc".utf8))),
        ("*2\r\n:1\r\n*1\r\n+x\r\n", .array([.integer(1), .array([.string([0x78])])])),
        ("~1\r\n:1\r\n", .array([.integer(1)])), ("%1\r\n+k\r\n:1\r\n", .map([.string([0x6B]), .integer(1)])),
        (">2\r\n+a\r\n*0\r\n", .push([.string([0x61]), .array([])])),
        ("|1\r\n+ttl\r\n:3600\r\n:7\r\n", .integer(7)),
        ("*2\r\n|1\r\n+a\r\n*0\r\n:1\r\n:2\r\n", .array([.integer(1), .integer(2)])),
    ]

    @Test func eachKindOfValue() throws {
        for (text, value) in Self.samples { #expect(try values(text) == [value], "\(text)") }
    }

    /// Wherever the bytes are cut, the values are the same.
    @Test(arguments: [1, 2, 3, 5, 8, 13]) func cutAnywhere(cut: Int) throws {
        let text = Self.samples.map(\.text).joined()
        #expect(try values(text, cut: cut) == Self.samples.map(\.value))
    }

    @Test(arguments: [
        "hello\r\n", "\r\n", "+OK\n", ":x\r\n", ":\r\n", "$x\r\n", "$-2\r\n", "*-2\r\n", "%-1\r\n", "$1\r\nabc\r\n",
        "#x\r\n",
        ",x\r\n", "(1a\r\n", "(\r\n", "=2\r\nab\r\n", "$99999999999\r\n", "*99999999\r\n", "*1\r\n>1\r\n:1\r\n",
        "_x\r\n",
        "$?\r\n",
    ]) func nonsenseIsAnErrorForGood(text: String) {
        var parser = RESPParser()
        parser.append(text.utf8)
        #expect(throws: RESPError.self) { while try parser.next() != nil {} }
        parser.append("+OK\r\n".utf8)
        #expect(throws: RESPError.self) { try parser.next() }
    }

    @Test func limits() {
        var limits = RESPParser.Limits()
        limits.string = 10
        limits.depth = 3
        limits.elements = 4
        limits.value = 50
        func fails(_ text: String) -> Bool {
            var parser = RESPParser(limits: limits)
            parser.append(text.utf8)
            do {
                while try parser.next() != nil {}
                return false
            } catch { return true }
        }
        #expect(!fails("$10\r\n0123456789\r\n") && fails("$11\r\n"))
        #expect(!fails("*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n") && fails("*5\r\n"))
        #expect(!fails("*1\r\n*1\r\n*1\r\n:1\r\n") && fails("*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"))
        #expect(fails("*4\r\n" + String(repeating: "$10\r\n0123456789\r\n", count: 4)))
        // Of each value, not of all.
        #expect(!fails(String(repeating: "$10\r\n0123456789\r\n", count: 40)))
        #expect(fails("+" + String(repeating: "x", count: 70_000)))
    }

    /// Random bytes and random changes of good ones: an error or values, never a crash, and the same however they are cut.
    @Test func fuzzed() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = Random(state: seed)
        let good = Self.samples.map { Array($0.text.utf8) }
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &random) { bytes += good.randomElement(using: &random) ?? [] }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                bytes[index] = Bool.random(using: &random) ? .random(in: 0...255, using: &random) : UInt8(ascii: "*")
            }
            let whole = outcome(bytes, cut: .max)
            #expect(outcome(bytes, cut: .random(in: 1...7, using: &random)) == whole, "seed \(seed)")
        }
    }

    private func outcome(_ bytes: [UInt8], cut: Int) -> [String] {
        var parser = RESPParser()
        var results: [String] = []
        var rest = bytes[...]
        do {
            while !rest.isEmpty {
                parser.append(rest.prefix(cut))
                rest = rest.dropFirst(cut)
                while let value = try parser.next() { results.append("\(value)") }
            }
        } catch { results.append("failed") }
        return results
    }
}

struct Random: RandomNumberGenerator {
    var state: UInt64

    /// SplitMix64 (Steele, Lea, Flood, 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
