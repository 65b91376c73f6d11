import Foundation

/// SplitMix64 (Steele, Lea and Flood, 2014): repeatable from the seed that a test prints, and different for neighbouring ones.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
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
