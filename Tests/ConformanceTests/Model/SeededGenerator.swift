import Foundation

/// SplitMix64 (Steele, Lea and Flood, 2014): the same seed gives the same run.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        self.state = seed
    }

    /// Seeded by `PEAL_SEED`, else at random.
    static func fromEnvironment() -> Self {
        Self(seed: ProcessInfo.processInfo.environment["PEAL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// How long a property test runs: `PEAL_OPERATIONS`, else a number that suits every build.
func propertyOperations(_ standard: Int) -> Int {
    ProcessInfo.processInfo.environment["PEAL_OPERATIONS"].flatMap { Int($0) } ?? standard
}
