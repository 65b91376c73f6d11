import Testing

@testable import PealGateway

@Suite struct TimingWheelTests {
    @Test func firesInTimeAndOnce() {
        var wheel = TimingWheel(now: 100)
        wheel.set(0, at: 103)
        wheel.set(1, at: 101)
        wheel.set(2, at: 103)
        #expect(wheel.advance(to: 101) == [1])
        #expect(wheel.advance(to: 102) == [])
        #expect(wheel.advance(to: 110).sorted() == [0, 2])
        #expect(wheel.advance(to: 500) == [])
    }

    @Test func movingAndRemoving() {
        var wheel = TimingWheel(now: 0)
        for member: UInt32 in 0..<5 { wheel.set(member, at: 5) }
        wheel.set(2, at: 9)
        wheel.remove(4)
        wheel.remove(4)
        wheel.remove(99)
        #expect(wheel.advance(to: 5).sorted() == [0, 1, 3])
        #expect(wheel.advance(to: 9) == [2])
    }

    @Test func whatIsPastComesAtTheNextTick() {
        var wheel = TimingWheel(now: 50)
        wheel.set(7, at: 3)
        #expect(wheel.advance(to: 51) == [7])
    }

    @Test func aFarDeadlineComesUpEarlyAndIsSetAgain() {
        var wheel = TimingWheel(now: 0)
        wheel.set(0, at: 10_000)
        #expect(wheel.advance(to: 254) == [])
        #expect(wheel.advance(to: 255) == [0])
    }

    @Test func agreesWithASortedList() {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        var wheel = TimingWheel(now: 1000)
        var now: Tick = 1000
        var expected: [UInt32: Tick] = [:]
        for _ in 0..<20_000 {
            let member = UInt32.random(in: 0..<50, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                wheel.remove(member)
                expected[member] = nil
            case 1:
                now += .random(in: 0..<20, using: &random)
                let due = expected.filter { $0.value <= now }.map(\.key).sorted()
                #expect(wheel.advance(to: now).sorted() == due, "seed \(seed)")
                for member in due { expected[member] = nil }
            default:
                let deadline = now + .random(in: 1..<200, using: &random)
                wheel.set(member, at: deadline)
                expected[member] = deadline
            }
        }
    }
}
