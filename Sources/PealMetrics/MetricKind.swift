/// What a family of series measures: the `TYPE` of the text format.
public enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// The upper bounds of a histogram's buckets, ascending, without the last, infinite one.
public struct HistogramBuckets: Sendable, Equatable {
    public let bounds: [Double]

    /// Bounds are sorted; repeated and infinite ones are dropped.
    public init(_ bounds: [Double]) {
        self.bounds = Set(bounds.filter(\.isFinite)).sorted()
    }

    /// For durations, in seconds: 0.1 ms to 10 s, three steps a decade.
    public static let latency = Self([
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ])

    /// For numbers of rows and of bytes: powers of two, then of four, up to 16 Mi.
    public static let size = Self([
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216,
    ])
}
