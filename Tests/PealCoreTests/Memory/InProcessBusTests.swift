import PealCore
import Synchronization
import Testing

@Suite struct InProcessBusTests {
    @Test func aBatchReachesTheReceiver() {
        let bus = InProcessBus()
        let batches = Atomic(0)
        bus.publish([])
        bus.start { _ in batches.add(1, ordering: .relaxed) }
        bus.publish([])
        #expect(batches.load(ordering: .relaxed) == 1)
    }

    /// The receiver was wrapped once more at each publication, so that a server died of its stack after some 100,000.
    @Test func aBusThatPublishedAMillionTimesStillDoes() {
        let bus = InProcessBus()
        let batches = Atomic(0)
        bus.start { _ in batches.add(1, ordering: .relaxed) }
        for _ in 0..<1_000_000 { bus.publish([]) }
        #expect(batches.load(ordering: .relaxed) == 1_000_000)
    }
}
