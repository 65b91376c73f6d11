import Foundation

/// xorshift64*: repeatable from the seed that a test prints.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

enum TestSeed {
    /// `PEAL_SEED` where it is set, so that a run can be repeated; else one at random. Printed with the test's name.
    static func make(_ test: String = #function) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["PEAL_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 1 ... .max)
        print("\(test): PEAL_SEED=\(seed)")
        return seed
    }
}
