import PealCore
import Testing

@testable import PealAuth

/// A meter on a manual clock: what is asked left, what is answered right.
@Suite struct QuotaMeterTests {
    private static let noon = Timestamp(milliseconds: 1_768_478_400_000)
    private static let toMidnight: Duration = .seconds(43_200)

    /// Nil where it was taken.
    private func refusal(_ meter: inout QuotaMeter, _ count: Int, after: Duration = .zero) -> QuotaMeter.Refusal? {
        do throws(QuotaMeter.Refusal) {
            try meter.take(count, at: Self.noon + after)
            return nil
        } catch {
            return error
        }
    }

    @Test func aBucketFillsAtItsRate() {
        var meter = QuotaMeter(KeyQuota(perSecond: 10, burst: 20), at: Self.noon)
        #expect(refusal(&meter, 15) == nil)
        #expect(refusal(&meter, 5) == nil)
        #expect(refusal(&meter, 1) == QuotaMeter.Refusal(limit: .rate, retryAfter: .milliseconds(100)))
        #expect(
            refusal(&meter, 1, after: .milliseconds(99))
                == QuotaMeter.Refusal(limit: .rate, retryAfter: .milliseconds(1)))
        #expect(refusal(&meter, 1, after: .milliseconds(100)) == nil)
        // However long the rest, no more than the burst.
        #expect(refusal(&meter, 20, after: .seconds(3600)) == nil)
        #expect(refusal(&meter, 1, after: .seconds(3600)) != nil)
    }

    @Test func withoutABurstItIsOneSecondsWorth() {
        var meter = QuotaMeter(KeyQuota(perSecond: 3), at: Self.noon)
        #expect(refusal(&meter, 3) == nil)
        #expect(refusal(&meter, 1) != nil)
        #expect(refusal(&meter, 1, after: .milliseconds(334)) == nil)
    }

    @Test func whatIsLargerThanTheBucketIsTakenFromAFullOneAndOwed() {
        var meter = QuotaMeter(KeyQuota(perSecond: 10, burst: 10), at: Self.noon)
        #expect(refusal(&meter, 1) == nil)
        #expect(refusal(&meter, 100) == QuotaMeter.Refusal(limit: .rate, retryAfter: .milliseconds(100)))
        #expect(refusal(&meter, 100, after: .milliseconds(100)) == nil)
        // 90 are owed, and one is wanted: 9.1 seconds.
        #expect(
            refusal(&meter, 1, after: .milliseconds(100))
                == QuotaMeter.Refusal(limit: .rate, retryAfter: .milliseconds(9100)))
        #expect(refusal(&meter, 1, after: .milliseconds(9200)) == nil)
    }

    @Test func aDayIsHardAndEndsAtMidnight() {
        var meter = QuotaMeter(KeyQuota(perDay: 100), at: Self.noon)
        #expect(refusal(&meter, 60) == nil)
        #expect(refusal(&meter, 41) == QuotaMeter.Refusal(limit: .day, retryAfter: Self.toMidnight))
        #expect(refusal(&meter, 101) == QuotaMeter.Refusal(limit: .day, retryAfter: nil))
        #expect(refusal(&meter, 40) == nil)
        #expect(refusal(&meter, 1, after: Self.toMidnight - .milliseconds(1)) != nil)
        #expect(refusal(&meter, 100, after: Self.toMidnight) == nil)
    }

    @Test func whatTheDayRefusesTheRateKeeps() {
        var meter = QuotaMeter(KeyQuota(perSecond: 10, burst: 10, perDay: 5), at: Self.noon)
        #expect(refusal(&meter, 6)?.limit == .day)
        #expect(meter.standings(at: Self.noon).map(\.remaining) == [10, 5])
        var other = QuotaMeter(KeyQuota(perSecond: 1, perDay: 5), at: Self.noon)
        #expect(refusal(&other, 1) == nil && refusal(&other, 1)?.limit == .rate)
        #expect(other.standings(at: Self.noon).map(\.remaining) == [0, 4])
    }

    @Test func whatWasNotUsedIsGivenBack() {
        var meter = QuotaMeter(KeyQuota(perSecond: 10, burst: 10, perDay: 50), at: Self.noon)
        #expect(refusal(&meter, 8) == nil)
        meter.giveBack(8, at: Self.noon)
        #expect(meter.standings(at: Self.noon).map(\.remaining) == [10, 50])
        // Never more than there can be, also over midnight.
        meter.giveBack(8, at: Self.noon + Self.toMidnight)
        #expect(meter.standings(at: Self.noon + Self.toMidnight).map(\.remaining) == [10, 50])
    }

    @Test func callersAreToldWhereTheyStand() {
        var meter = QuotaMeter(KeyQuota(perSecond: 10, burst: 25, perDay: 50), at: Self.noon)
        #expect(refusal(&meter, 20) == nil)
        #expect(
            meter.standings(at: Self.noon) == [
                QuotaMeter.Standing(
                    limit: .rate, quota: 25, window: .milliseconds(2500), remaining: 5, reset: .seconds(2)),
                QuotaMeter.Standing(
                    limit: .day, quota: 50, window: .seconds(86_400), remaining: 30, reset: Self.toMidnight),
            ])
        #expect(QuotaMeter(KeyQuota(), at: Self.noon).quota.isEmpty)
    }

    @Test func anotherQuotaForgetsNothing() {
        var meter = QuotaMeter(KeyQuota(perSecond: 10, perDay: 20), at: Self.noon)
        #expect(refusal(&meter, 10) == nil)
        meter.adopt(KeyQuota(perSecond: 5, burst: 40, perDay: 15), at: Self.noon)
        #expect(meter.standings(at: Self.noon).map(\.remaining) == [30, 5])
        meter.adopt(KeyQuota(perSecond: 5, burst: 2), at: Self.noon)
        #expect(meter.standings(at: Self.noon).map(\.remaining) == [2])
    }

    @Test func aClockThatStepsBackFillsNothingAndStopsNothing() {
        var meter = QuotaMeter(KeyQuota(perSecond: 10), at: Self.noon)
        #expect(refusal(&meter, 10, after: .seconds(60)) == nil)
        #expect(refusal(&meter, 1) != nil)
        #expect(refusal(&meter, 1, after: .milliseconds(100)) == nil)
    }

    /// Over any stretch of time no more is taken than the burst and what the rate gives.
    @Test func theRateHoldsWhateverIsAsked() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &generator)
        var random = SplitMix(state: seed)
        var meter = QuotaMeter(KeyQuota(perSecond: 7, burst: 30), at: Self.noon)
        var (passed, taken): (Int64, Int) = (0, 0)
        for _ in 0..<20_000 {
            passed += Int64.random(in: 0...400, using: &random)
            let count = Int.random(in: 1...12, using: &random)
            if refusal(&meter, count, after: .milliseconds(passed)) == nil { taken += count }
            #expect(Int64(taken) * 1000 <= 30_000 + passed * 7, "seed \(seed)")
        }
        #expect(Int64(taken) * 1000 > passed * 7 * 9 / 10, "seed \(seed)")
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
