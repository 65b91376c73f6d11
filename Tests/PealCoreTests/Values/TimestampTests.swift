import PealCore
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_768_473_000_123, "2026-01-15T10:30:00.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func isWrittenAndRead(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(iso8601: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(
        arguments: [
            ("2026-01-15T10:30:00Z", 0), ("2026-01-15t10:30:00z", 0), ("2026-01-15T12:30:00+02:00", 0),
            ("2026-01-15T08:00:00-02:30", 0), ("2026-01-15T10:30:00.5Z", 500), ("2026-01-15T10:30:00.123456789Z", 123),
            ("2026-01-15T10:30:00.0019Z", 1),
        ] as [(String, Int64)])
    func readsWhatRFC3339Allows(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(iso8601: text) == Timestamp(milliseconds: 1_768_473_000_000 + milliseconds))
    }

    @Test(arguments: [
        "", "2026", "2026-01-15", "2026-01-15T10:30Z", "2026-01-15T10:30:00", "2026-13-15T10:30:00Z",
        "2026-02-29T10:30:00Z", "2026-04-31T10:30:00Z", "2026-00-10T10:30:00Z", "2026-01-15T24:30:00Z",
        "2026-01-15T10:60:00Z", "2026-01-15T10:30:61Z", "2026-01-15T10:30:00.Z", "2026-01-15T10:30:00.1",
        "2026-01-15T10:30:00ZZ", "2026-01-15T10:30:00+0200", "2026-01-15T10:30:00+24:00", "2026-01-15T10:30:00+02:60",
        "2026-01-15 10:30:00Z", "+026-01-15T10:30:00Z", "2026-01-15T10:30:00+", "２026-01-15T10:30:00Z",
        "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
    ])
    func refusesTheRest(_ text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test(arguments: [Int64.min, -62_167_219_200_001, 253_402_300_800_000, .max])
    func whatCannotBeSpeltIsClamped(_ milliseconds: Int64) {
        let text = Timestamp(milliseconds: milliseconds).description
        #expect(text == (milliseconds < 0 ? "0000-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"))
    }

    @Test func everyDayOfFourCenturiesComesBack() {
        for day in stride(from: -200_000 as Int64, to: 200_000, by: 13) {
            let time = Timestamp(milliseconds: day * 86_400_000 + 12_345_678)
            #expect(Timestamp(iso8601: time.description) == time)
        }
    }

    @Test func countsInWholeUnits() {
        #expect(Timestamp(milliseconds: -1).seconds == -1 && Timestamp(milliseconds: 1999).seconds == 1)
        #expect(Timestamp(seconds: 5) - Timestamp(seconds: 2) == .seconds(3))
        #expect(Timestamp(seconds: 5) + .milliseconds(-1500) == Timestamp(milliseconds: 3500))
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
    }
}
