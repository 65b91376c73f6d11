import Histogram

/// Durations in nanoseconds, exact to three digits (HdrHistogram), that can be sent from process to process.
struct Latencies: Sendable {
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1000, highestTrackableValue: 600_000_000_000, numberOfSignificantValueDigits: .three)

    var count: UInt64 { histogram.totalCount }
    var max: UInt64 { histogram.max }

    mutating func record(_ nanoseconds: UInt64) {
        histogram.record(min(nanoseconds, 600_000_000_000))
    }

    func value(at percentile: Double) -> UInt64 { histogram.valueAtPercentile(percentile) }

    mutating func reset() { histogram.reset() }

    /// `value:count,…`, only what was recorded.
    var text: String {
        histogram.recordedValues().map { "\($0.value):\($0.count)" }.joined(separator: ",")
    }

    /// Adds what another process wrote as ``text``.
    mutating func add(_ text: some StringProtocol) {
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: ":")
            guard parts.count == 2, let value = UInt64(parts[0]), let count = UInt64(parts[1]) else { continue }
            histogram.record(value, count: count)
        }
    }
}
