import PealCore
import Testing

@testable import PealPipeline

/// Input left, expected action right; no clock runs.
@Suite struct ScheduleTimerTests {
    /// Lets an expectation call what changes the machine.
    private final class Machine {
        private var timer = ScheduleTimer()
        func look() { timer.look() }
        func added(_ time: Timestamp) -> Bool { timer.added(time) }
        func looked(next: Timestamp?, hasFailed: Bool = false, at now: Timestamp) -> Duration {
            timer.looked(next: next, hasFailed: hasFailed, at: now)
        }
    }

    private func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    @Test func itRestsUntilTheNextIsDue() {
        let timer = Machine()
        timer.look()
        #expect(timer.looked(next: time(107), at: time(100)) == .seconds(7))
        timer.look()
        #expect(timer.looked(next: Timestamp(milliseconds: 100_250), at: time(100)) == .milliseconds(250))
    }

    @Test func itLooksAgainBeforeAFarTime() {
        let timer = Machine()
        timer.look()
        #expect(timer.looked(next: time(4000), at: time(100)) == .seconds(30))
        timer.look()
        #expect(timer.looked(next: nil, at: time(130)) == .seconds(30))
    }

    @Test func anEarlierOneEndsTheRest() {
        let timer = Machine()
        timer.look()
        #expect(timer.looked(next: time(120), at: time(100)) == .seconds(20))
        #expect(!timer.added(time(121)))
        #expect(!timer.added(time(120)))
        #expect(timer.added(time(119)))
        // It is awake already.
        #expect(!timer.added(time(101)))
        timer.look()
        #expect(timer.looked(next: time(101), at: time(100)) == .seconds(1))
    }

    /// The store was read before that one had been committed.
    @Test func oneThatIsAddedDuringALookCounts() {
        let timer = Machine()
        timer.look()
        #expect(!timer.added(time(105)))
        #expect(!timer.added(time(103)))
        #expect(!timer.added(time(104)))
        #expect(timer.looked(next: time(120), at: time(100)) == .seconds(3))
        timer.look()
        #expect(timer.looked(next: time(120), at: time(110)) == .seconds(10))
    }

    @Test func whatIsDueAlreadyIsLookedForAtOnce() {
        let timer = Machine()
        timer.look()
        #expect(timer.looked(next: time(90), at: time(100)) == .milliseconds(1))
    }

    /// Set forward: at the latest after 30 s. Set back: it rests longer, never without end.
    @Test func aClockThatJumpsIsNoticed() {
        let timer = Machine()
        timer.look()
        #expect(timer.looked(next: time(3700), at: time(100)) == .seconds(30))
        timer.look()
        #expect(timer.looked(next: time(3700), at: time(3695)) == .seconds(5))
        timer.look()
        #expect(timer.looked(next: time(3700), at: time(100)) == .seconds(30))
    }

    @Test func whatFailedIsTriedAgainSoon() {
        let timer = Machine()
        timer.look()
        #expect(timer.looked(next: nil, hasFailed: true, at: time(100)) == .seconds(1))
        timer.look()
        #expect(
            timer.looked(next: Timestamp(milliseconds: 100_300), hasFailed: true, at: time(100)) == .milliseconds(300))
    }
}
