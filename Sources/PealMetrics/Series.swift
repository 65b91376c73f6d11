import Metrics
import Synchronization

/// One set of labels of a family: takes values on any thread, and writes its lines.
protocol Series: AnyObject, Sendable {
    func write(name: String, labels: MetricLabels, into text: inout MetricText)
}

/// A number of doubles' precision that any thread may change without a lock.
struct AtomicDouble: ~Copyable, Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, now) = bits.weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = now
        }
    }
}

final class CounterSeries: Series, CounterHandler {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) { count.wrappingAdd(max(0, amount), ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }

    func write(name: String, labels: MetricLabels, into text: inout MetricText) {
        text.sample(name, labels, count.load(ordering: .relaxed))
    }
}

final class FloatingCounterSeries: Series, FloatingPointCounterHandler {
    private let sum = AtomicDouble()

    func increment(by amount: Double) {
        if amount > 0 { sum.add(amount) }
    }

    func reset() { sum.set(0) }

    func write(name: String, labels: MetricLabels, into text: inout MetricText) {
        text.sample(name, labels, sum.value)
    }
}

/// A meter, and a recorder that does not aggregate (what swift-metrics calls a gauge).
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    private let current = AtomicDouble()

    func set(_ value: Int64) { current.set(Double(value)) }
    func set(_ value: Double) { current.set(value) }
    func increment(by amount: Double) { current.add(amount) }
    func decrement(by amount: Double) { current.add(-amount) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(name: String, labels: MetricLabels, into text: inout MetricText) {
        text.sample(name, labels, current.value)
    }
}

/// A value that is read when it is asked for.
final class ComputedSeries: Series {
    private let read: @Sendable () -> Double?

    init(_ read: @escaping @Sendable () -> Double?) { self.read = read }

    func write(name: String, labels: MetricLabels, into text: inout MetricText) {
        if let value = read() { text.sample(name, labels, value) }
    }
}
