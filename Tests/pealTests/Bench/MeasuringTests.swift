import Testing

@testable import peal

@Suite struct MeasuringTests {
    private func scan(_ text: String) -> (count: Int, times: [UInt64]) {
        var times: [UInt64] = []
        let count = Array(text.utf8).withUnsafeBytes { FrameScanner.scan($0) { times.append($0) } }
        return (count, times)
    }

    @Test func theMomentOfCreationIsFound() {
        let frame = #"{"type":"notification","cursor":"c","data":{"metadata":{"t":123456789},"seq":1}}"#
        #expect(scan(frame) == (1, [123_456_789]))
        #expect(scan(#"{"type":"notification","data":{"metadata":{}}}"#) == (1, []))
    }

    @Test func aSyncCountsItsRows() {
        let frame =
            #"{"type":"sync","changes":[{"notification_id":"a","metadata":{"t":7}},{"notification_id":"b","metadata":{"t":12}}]}"#
        #expect(scan(frame) == (2, [7, 12]))
        #expect(scan(#"{"type":"notification_update","notification_id":"a"}"#).count == 0)
        #expect(scan("").count == 0)
    }

    @Test func latenciesTravelFromProcessToProcess() {
        var here = Latencies()
        for value in 1...1000 { here.record(UInt64(value) * 10_000) }
        var there = Latencies()
        there.add(here.text)
        #expect(there.count == 1000)
        #expect(there.value(at: 50) == here.value(at: 50))
        #expect(there.value(at: 99) == here.value(at: 99))
    }

    @Test func aPlanIsOneLine() throws {
        let plan = WorkerPlan(
            port: 1, secret: "s-_", first: 2, count: 3, userCount: 2, source: "127.0.0.2", role: .slow, visit: 7,
            carrier: BenchCarrier(transport: .eventStream, isEncrypted: true))
        let read = try #require(WorkerPlan(line: plan.line))
        #expect(read.line == plan.line && read.carrier == plan.carrier)
        #expect(WorkerPlan(line: "1 2 3") == nil)
    }

    @Test func clientsOfAWorkerTakeTurnsToBeItsUsers() async throws {
        let secret = "a-secret-of-more-than-32-bytes-0123456789"
        let plan = WorkerPlan(port: 1, secret: secret, first: 5, count: 4, userCount: 2, source: "127.0.0.2")
        let tokens = try await plan.tokens().map { $0.split(separator: ".")[1] }
        #expect(tokens[0] == tokens[2] && tokens[1] == tokens[3] && tokens[0] != tokens[1])
    }

    @Test func metricsAreFoundByTheirLabel() {
        let metrics = ServerMetrics(
            """
            # HELP reads_total Reads.
            reads_total{kind="page"} 3
            reads_total{kind="changes"} 4
            reads_total_other 100
            open 7
            """)
        #expect(metrics.value("reads_total", "changes") == 4)
        #expect(metrics.value("reads_total", "none") == 0)
        #expect(metrics.sum("reads_total") == 7)
        #expect(metrics.sum("open") == 7)
    }

    @Test func placesInFrames() {
        func scan<Value>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
            Array(text.utf8).withUnsafeBytes(body)
        }
        let page = #"{"type":"sync","from":1,"cursor":"ab.3","seq":3,"changes":[],"has_more":true}"#
        #expect(scan(page) { FrameScanner.cursor(in: $0) } == "ab.3")
        #expect(scan(page) { FrameScanner.hasMorePages($0) })
        #expect(!scan(page) { FrameScanner.isReset($0) })
        #expect(scan(#"{"type":"initial_load","cursor":"x"}"#) { FrameScanner.isReset($0) })
        #expect(scan(#"{"type":"pong","timestamp":1}"#) { FrameScanner.cursor(in: $0) } == nil)
    }

    @Test(arguments: [(0.0, true), (1000, false), (-1000, true), (1, true)])
    func aTrendOfMemory(growth: Double, isFlat: Bool) {
        var random = SystemRandomNumberGenerator()
        let samples = (0..<600).map { second in
            let minute = Double(second) / 60
            return MemoryTrend.Sample(
                minute: minute, bytes: 50_000 + growth * minute + .random(in: -200...200, using: &random))
        }
        let trend = MemoryTrend(samples)
        #expect(trend.isFlat == isFlat)
        #expect(abs(trend.slope - growth) < 50)
        #expect(trend.error < 50)
        #expect(MemoryTrend([]).isFlat)
    }
}
