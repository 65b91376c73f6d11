import Metrics
import Synchronization

/// Counts values by bucket: a timer's in seconds, an aggregating recorder's as they are.
final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    private let buckets: HistogramBuckets
    private let counts: AtomicCounts
    private let sum = AtomicDouble()

    init(buckets: HistogramBuckets) {
        self.buckets = buckets
        self.counts = AtomicCounts(count: buckets.bounds.count + 1)
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // Values are mostly small, so that few bounds are looked at.
        var index = 0
        while index < buckets.bounds.count, value > buckets.bounds[index] { index += 1 }
        counts.increment(index)
        sum.add(value)
    }

    func write(name: String, labels: MetricLabels, into text: inout MetricText) {
        var total: Int64 = 0
        for (index, bound) in buckets.bounds.enumerated() {
            total += counts[index]
            text.sample("\(name)_bucket", labels, le: MetricText.number(bound), total)
        }
        total += counts[buckets.bounds.count]
        text.sample("\(name)_bucket", labels, le: "+Inf", total)
        text.sample("\(name)_sum", labels, sum.value)
        text.sample("\(name)_count", labels, total)
    }
}

/// A fixed number of counters side by side.
///
/// Unchecked because a pointer is not `Sendable`; it is set once, and what it points to is atomic.
private final class AtomicCounts: @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<Atomic<Int64>>

    init(count: Int) {
        storage = .allocate(capacity: count)
        for index in 0..<count { storage.initializeElement(at: index, to: Atomic(0)) }
    }

    deinit {
        storage.deinitialize().deallocate()
    }

    func increment(_ index: Int) { storage[index].wrappingAdd(1, ordering: .relaxed) }

    subscript(index: Int) -> Int64 { storage[index].load(ordering: .relaxed) }
}
