import Metrics
import Testing

@testable import PealMetrics

@Suite struct PrometheusRegistryTests {
    let registry = PrometheusRegistry()

    var page: String { String(decoding: registry.render(), as: UTF8.self) }

    @Test func countersAreSharedByNameAndLabels() {
        Counter(label: "requests", dimensions: [("method", "GET"), ("code", "200")], factory: registry).increment()
        Counter(label: "requests_total", dimensions: [("code", "200"), ("method", "GET")], factory: registry)
            .increment(by: 2)
        #expect(page.contains("requests_total{code=\"200\",method=\"GET\"} 3\n"))
        #expect(page.contains("# TYPE requests_total counter\n"))
    }

    @Test func labelsAndHelpAreEscaped() {
        registry.register("odd", help: "a \\ and\na line", kind: .gauge)
        Meter(label: "odd", dimensions: [("path-name", "a\"b\\c\nd"), ("le", "1")], factory: registry).set(1)
        #expect(page.contains("# HELP odd a \\\\ and\\na line\n"))
        #expect(page.contains("odd{exported_le=\"1\",path_name=\"a\\\"b\\\\c\\nd\"} 1\n"))
    }

    @Test func namesBecomeWordsOfPrometheus() {
        Meter(label: "3.queue depth", factory: registry).set(2.5)
        #expect(page.contains("_3_queue_depth 2.5\n"))
    }

    @Test func aRegisteredSeriesIsThereAsZero() {
        registry.register(
            "websocket_connections_active", help: "Open WebSocket sessions.", kind: .gauge, isPresent: true)
        registry.register("unused", help: "Never used.", kind: .gauge)
        #expect(
            page == """
                # HELP websocket_connections_active Open WebSocket sessions.
                # TYPE websocket_connections_active gauge
                websocket_connections_active 0

                """)
    }

    @Test func timersFillBucketsInSeconds() {
        let timer = Timer(label: "commit", factory: registry)
        timer.recordMicroseconds(50)
        timer.recordMilliseconds(3)
        timer.recordSeconds(60)
        #expect(page.contains("commit_seconds_bucket{le=\"0.0001\"} 1\n"))
        #expect(page.contains("commit_seconds_bucket{le=\"0.0025\"} 1\n"))
        #expect(page.contains("commit_seconds_bucket{le=\"0.005\"} 2\n"))
        #expect(page.contains("commit_seconds_bucket{le=\"10\"} 2\n"))
        #expect(page.contains("commit_seconds_bucket{le=\"+Inf\"} 3\n"))
        #expect(page.contains("commit_seconds_count 3\n"))
        #expect(page.contains("commit_seconds_sum 60.00305\n"))
    }

    @Test func recordersFillTheBucketsThatWereRegistered() {
        registry.register("batch_size", help: "Rows.", kind: .histogram, buckets: HistogramBuckets([10, 1]))
        let recorder = Recorder(label: "batch_size", factory: registry)
        recorder.record(1)
        recorder.record(7.5)
        #expect(page.contains("batch_size_bucket{le=\"1\"} 1\nbatch_size_bucket{le=\"10\"} 2\n"))
        #expect(page.contains("batch_size_sum 8.5\n"))
    }

    @Test func gaugesMoveBothWays() {
        let meter = Meter(label: "sessions", factory: registry)
        meter.increment(by: 5)
        meter.decrement()
        #expect(page.contains("sessions 4\n"))
        Gauge(label: "sessions", factory: registry).record(9)
        #expect(page.contains("sessions 9\n"))
    }

    @Test func floatingCountersOnlyGrow() {
        let counter = FloatingPointCounter(label: "cost", factory: registry)
        counter.increment(by: 1.25)
        counter.increment(by: -1)
        #expect(page.contains("cost_total 1.25\n"))
    }

    @Test func aNameOfAnotherKindDoesNotBreakThePage() {
        Meter(label: "thing_total", factory: registry).set(1)
        Counter(label: "thing", factory: registry).increment()
        #expect(page.contains("thing_total 1\n"))
        #expect(!page.contains("counter"))
    }

    @Test func seriesOfOneNameAreLimited() {
        for index in 0..<PrometheusRegistry.seriesLimit + 10 {
            Counter(label: "wild", dimensions: [("user", String(index))], factory: registry).increment()
        }
        #expect(page.split(separator: "\n").count == PrometheusRegistry.seriesLimit + 2)
    }

    @Test func aDestroyedSeriesIsGone() {
        let counter = Counter(label: "brief", factory: registry)
        counter.destroy()
        #expect(page.isEmpty)
    }

    @Test func numbersAreWrittenAsGoReadsThem() {
        #expect(MetricText.number(.infinity) == "+Inf")
        #expect(MetricText.number(-.infinity) == "-Inf")
        #expect(MetricText.number(.nan) == "NaN")
        #expect(MetricText.number(3) == "3")
        #expect(MetricText.number(0.1) == "0.1")
    }

    @Test func incrementsFromManyTasksAllCount() async {
        let counter = Counter(label: "busy", factory: registry)
        let meter = Meter(label: "level", factory: registry)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment()
                        meter.increment()
                    }
                }
            }
        }
        #expect(page.contains("busy_total 8000\n"))
        #expect(page.contains("level 8000\n"))
    }
}
