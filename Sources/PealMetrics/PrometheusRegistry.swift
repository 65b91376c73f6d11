public import Metrics
import Synchronization

/// A swift-metrics backend that keeps every series in memory and writes them in the Prometheus text format.
///
/// Handles are shared: asking twice for a name with the same labels gives the same series. A name that is already of
/// another kind, and series beyond ``seriesLimit``, get a handle that counts nothing visible instead of a broken page.
public final class PrometheusRegistry: Sendable {
    /// What the page is to be served as.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Series of one name; a label that somebody lets grow without end must not eat the memory.
    public static let seriesLimit = 1000

    private struct Family {
        var kind: MetricKind
        var help: String
        var buckets: HistogramBuckets?
        var series: [MetricLabels: any Series] = [:]

        mutating func describe(_ help: String) {
            if self.help.isEmpty { self.help = help }
        }
    }

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    /// Describes a name before or after its first use; the help of the first description stays.
    ///
    /// - Parameters:
    ///   - name: as it is to appear, with `_total` or `_seconds`.
    ///   - buckets: of a histogram; by default latencies for names in seconds, else sizes.
    ///   - isPresent: whether the series without labels is to be there, as 0, before its first value.
    public func register(
        _ name: String, help: String, kind: MetricKind, buckets: HistogramBuckets? = nil, isPresent: Bool = false
    ) {
        families.withLock { families in
            families[name, default: Family(kind: kind, help: "", buckets: buckets)].describe(help)
        }
        guard isPresent else { return }
        let labels = MetricLabels([])
        switch kind {
        case .counter: _ = shared(name, labels, kind) { _ in CounterSeries() }
        case .gauge: _ = shared(name, labels, kind) { _ in GaugeSeries() }
        case .histogram: _ = histogram(name, labels, fallback: name.hasSuffix("_seconds") ? .latency : .size)
        }
    }

    /// A gauge or counter whose value is read at each scrape; nil leaves the line out.
    public func computed(
        _ name: String, help: String, kind: MetricKind, read: @escaping @Sendable () -> Double?
    ) {
        register(name, help: help, kind: kind)
        _ = shared(name, MetricLabels([]), kind) { _ in ComputedSeries(read) }
    }

    /// The page: families by name, series by labels.
    public func render() -> [UInt8] {
        // A computed series may itself take a lock, so it is not asked under this one.
        let snapshot = families.withLock { $0 }
        var text = MetricText()
        for (name, family) in snapshot.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            text.header(name: name, help: family.help.isEmpty ? name : family.help, kind: family.kind)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: name, labels: labels, into: &text)
            }
        }
        return text.bytes
    }

    private func shared<S: Series>(
        _ name: String, _ labels: MetricLabels, _ kind: MetricKind, make: (HistogramBuckets?) -> S
    ) -> S {
        families.withLock { families in
            var family = families[name] ?? Family(kind: kind, help: "")
            if let series = family.series[labels] as? S { return series }
            let series = make(family.buckets)
            guard family.kind == kind, family.series[labels] == nil, family.series.count < Self.seriesLimit else {
                return series
            }
            family.series[labels] = series
            families[name] = family
            return series
        }
    }

    private func histogram(_ name: String, _ labels: MetricLabels, fallback: HistogramBuckets) -> HistogramSeries {
        shared(name, labels, .histogram) { HistogramSeries(buckets: $0 ?? fallback) }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for name in families.keys {
                guard let labels = families[name]?.series.first(where: { $0.value === handler })?.key else { continue }
                families[name]?.series[labels] = nil
                return
            }
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        shared(MetricName.name(for: label, kind: .counter), MetricLabels(dimensions), .counter) { _ in CounterSeries() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let name = MetricName.name(for: label, kind: .counter)
        return shared(name, MetricLabels(dimensions), .counter) { _ in FloatingCounterSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        shared(MetricName.name(for: label, kind: .gauge), MetricLabels(dimensions), .gauge) { _ in GaugeSeries() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let labels = MetricLabels(dimensions)
        if aggregate {
            return histogram(MetricName.name(for: label, kind: .histogram), labels, fallback: .size)
        }
        return shared(MetricName.name(for: label, kind: .gauge), labels, .gauge) { _ in GaugeSeries() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = MetricName.name(for: label, kind: .histogram, isTime: true)
        return histogram(name, MetricLabels(dimensions), fallback: .latency)
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
