import Testing

@testable import peal

@Suite struct MeasuringTests {
    private func scan(_ text: String) -> FrameScanner.Found {
        Array(text.utf8).withUnsafeBytes { FrameScanner.scan($0) }
    }

    @Test func theMomentOfCreationIsFound() {
        let frame = #"{"type":"notification","cursor":"c","data":{"metadata":{"t":123456789},"seq":1}}"#
        #expect(scan(frame) == .init(notifications: 1, createdAt: 123_456_789))
        #expect(scan(#"{"type":"notification","data":{"metadata":{}}}"#) == .init(notifications: 1, createdAt: nil))
    }

    @Test func aSyncCountsItsRows() {
        let frame = #"{"type":"sync","changes":[{"notification_id":"a"},{"notification_id":"b"}]}"#
        #expect(scan(frame).notifications == 2)
        #expect(scan(#"{"type":"notification_update","notification_id":"a"}"#).notifications == 0)
        #expect(scan("").notifications == 0)
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
        let plan = WorkerPlan(port: 1, secret: "s-_", first: 2, count: 3, isOneUser: true, source: "127.0.0.2")
        let read = try #require(WorkerPlan(line: plan.line))
        #expect(read.line == plan.line)
        #expect(WorkerPlan(line: "1 2 3") == nil)
    }
}
