import PealCore
import Testing

/// Where clocks change: northern and southern, by an hour and by half of one, at night and at midnight itself.
@Suite struct QuietHoursTests {
    private func hours(
        _ from: String, _ to: String, _ days: Set<Weekday> = Set(Weekday.allCases)
    ) throws -> QuietHours {
        let (from, to) = (try #require(TimeOfDay(from)), try #require(QuietHours.end(to)))
        return try #require(QuietHours(from: from, to: to, days: days))
    }

    /// Zone, hours, the last moment before the period, its first, its last, and its end.
    @Test(
        arguments: [
            // An ordinary night.
            ("America/Sao_Paulo", "22:00", "07:00", "2026-06-10T01:00:00Z", "2026-06-10T10:00:00Z"),
            // 23:59:59 is followed by 01:00:00: midnight is skipped, and the night is an hour shorter.
            ("America/Sao_Paulo", "22:00", "07:00", "2018-11-04T01:00:00Z", "2018-11-04T09:00:00Z"),
            // A period that would begin within the hour that is skipped begins with the skip; one that would end there, too.
            ("America/Sao_Paulo", "00:30", "06:00", "2018-11-04T03:00:00Z", "2018-11-04T08:00:00Z"),
            ("America/Sao_Paulo", "20:00", "00:30", "2018-11-03T23:00:00Z", "2018-11-04T03:00:00Z"),
            // 23:59:59 is followed by 23:00:00 of the same day: quiet from the first 23:30, and not once less in between.
            ("America/Sao_Paulo", "23:30", "06:00", "2019-02-17T01:30:00Z", "2019-02-17T09:00:00Z"),
            // And until the second 23:30.
            ("America/Sao_Paulo", "21:00", "23:30", "2019-02-16T23:00:00Z", "2019-02-17T02:30:00Z"),
            ("Europe/Lisbon", "22:00", "07:00", "2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"),
            ("Europe/Lisbon", "22:00", "01:30", "2026-03-28T22:00:00Z", "2026-03-29T01:00:00Z"),
            ("Europe/Lisbon", "22:00", "01:30", "2026-10-24T21:00:00Z", "2026-10-25T01:30:00Z"),
            ("America/New_York", "02:30", "06:00", "2026-03-08T07:00:00Z", "2026-03-08T10:00:00Z"),
            ("America/New_York", "22:00", "07:00", "2026-11-01T02:00:00Z", "2026-11-01T12:00:00Z"),
            ("America/New_York", "01:15", "01:45", "2026-11-01T05:15:00Z", "2026-11-01T06:45:00Z"),
            // Half an hour: 02:00 is followed by 01:30.
            ("Australia/Lord_Howe", "22:00", "01:45", "2026-04-04T11:00:00Z", "2026-04-04T15:15:00Z"),
            // And 02:00 by 02:30.
            ("Australia/Lord_Howe", "02:15", "07:00", "2026-10-03T15:30:00Z", "2026-10-03T20:00:00Z"),
            // A zone that skipped 30 December 2011 altogether.
            ("Pacific/Apia", "22:00", "07:00", "2011-12-30T08:00:00Z", "2011-12-30T17:00:00Z"),
        ])
    func beginAndEnd(_ zone: String, _ from: String, _ to: String, _ start: String, _ end: String) throws {
        let (clock, quiet) = (try TestZone(zone), try hours(from, to))
        let (start, end) = (time(start), time(end))
        let moment = Duration.milliseconds(1)
        #expect(!quiet.isQuiet(at: start + .milliseconds(-1), by: clock))
        #expect(quiet.isQuiet(at: start, by: clock) && quiet.isQuiet(at: end + .milliseconds(-1), by: clock))
        #expect(!quiet.isQuiet(at: end, by: clock))
        #expect(quiet.end(after: start, by: clock) == end && quiet.end(after: start + moment, by: clock) == end)
        #expect(quiet.end(after: start + .milliseconds(-1), by: clock) == start + .milliseconds(-1))
        #expect(quiet.end(after: end, by: clock) == end)
    }

    /// The same by looking at the clock all the time in the days around each change.
    @Test(arguments: [
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z"), ("America/Sao_Paulo", "2019-02-17T02:00:00Z"),
        ("Europe/Lisbon", "2026-03-29T01:00:00Z"), ("Europe/Lisbon", "2026-10-25T01:00:00Z"),
        ("America/New_York", "2026-03-08T07:00:00Z"), ("America/New_York", "2026-11-01T06:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Asia/Kolkata", "2026-10-03T15:30:00Z"), ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ])
    func agreeWithAWatchedClock(_ zone: String, _ change: String) throws {
        let clock = try TestZone(zone)
        let (step, day) = (5, 288)
        let begin = time(change) + .seconds(-3 * 86_400)
        let moments = (0..<6 * day).map { begin + .seconds(60 * step * $0) }
        let readings = moments.map(clock.reading).map { Int($0.day) * 1440 + Int($0.milliseconds) / 60_000 }
        let days = (readings[0] / 1440)...(readings[readings.count - 1] / 1440)
        for (from, to) in [
            (1320, 420), (0, 60), (30, 90), (60, 120), (75, 105), (90, 150), (135, 1440), (1410, 15), (1380, 1400),
            (0, 1435), (1435, 0),
        ] {
            let start = try #require(TimeOfDay(minutes: from))
            let quiet = try #require(QuietHours(from: start, to: to))
            var expected = [Bool](repeating: false, count: readings.count)
            for day in days {
                let (first, last) = (day * 1440 + from, (to > from ? day : day + 1) * 1440 + to)
                guard let start = readings.firstIndex(where: { $0 >= first }),
                    let end = readings.lastIndex(where: { $0 < last }), start <= end
                else { continue }
                for index in start...end { expected[index] = true }
            }
            // Without a day at both ends, whose periods the readings hold only in part.
            for index in day..<5 * day {
                #expect(
                    quiet.isQuiet(at: moments[index], by: clock) == expected[index], "\(from)–\(to), \(moments[index])")
                guard let next = expected[index...].firstIndex(of: false), next < 5 * day else { continue }
                #expect(
                    quiet.end(after: moments[index], by: clock) == moments[next], "\(from)–\(to), \(moments[index])")
            }
        }
    }

    @Test func daysAreThoseOnWhichItBegins() throws {
        let quiet = try hours("22:00", "07:00", [.friday, .saturday])
        let utc = FixedClock()
        // 2026-01-15 was a Thursday.
        #expect(!quiet.isQuiet(at: time("2026-01-15T23:00:00Z"), by: utc))
        #expect(quiet.isQuiet(at: time("2026-01-16T23:00:00Z"), by: utc))
        #expect(quiet.end(after: time("2026-01-16T23:00:00Z"), by: utc) == time("2026-01-17T07:00:00Z"))
        #expect(!quiet.isQuiet(at: time("2026-01-16T06:00:00Z"), by: utc))
        #expect(quiet.isQuiet(at: time("2026-01-18T06:00:00Z"), by: utc))
        #expect(!quiet.isQuiet(at: time("2026-01-18T23:00:00Z"), by: utc))
    }

    @Test func wholeDaysFollowEachOther() throws {
        let weekend = try hours("00:00", "24:00", [.saturday, .sunday])
        let utc = FixedClock()
        #expect(weekend.end(after: time("2026-01-17T09:00:00Z"), by: utc) == time("2026-01-19T00:00:00Z"))
        let almost = try hours("00:00", "24:00", Set(Weekday.allCases).subtracting([.wednesday]))
        #expect(almost.end(after: time("2026-01-15T09:00:00Z"), by: utc) == time("2026-01-21T00:00:00Z"))
    }

    @Test func whatNeverBeginsOrNeverEndsIsNone() throws {
        let noon = try #require(TimeOfDay("12:00")), midnight = try #require(TimeOfDay("00:00"))
        #expect(QuietHours(from: noon, to: 720) == nil)
        #expect(QuietHours(from: noon, to: 800, days: []) == nil)
        #expect(QuietHours(from: midnight, to: 1440) == nil)
        #expect(QuietHours(from: midnight, to: 1440, days: [.sunday]) != nil)
        #expect(QuietHours(from: noon, to: 1441) == nil)
    }

    @Test func doNotDisturbAndQuietHoursFollowEachOther() throws {
        var preferences = Preferences(doNotDisturb: DoNotDisturb(until: time("2026-01-15T23:30:00Z")))
        let utc = FixedClock()
        let now = time("2026-01-15T12:00:00Z")
        #expect(preferences.heldUntil(now, by: utc) == time("2026-01-15T23:30:00Z"))
        preferences.quietHours = try hours("22:00", "07:00")
        #expect(preferences.heldUntil(now, by: utc) == time("2026-01-16T07:00:00Z"))
        #expect(preferences.heldUntil(time("2026-01-16T08:00:00Z"), by: utc) == nil)
        preferences.doNotDisturb = nil
        #expect(preferences.heldUntil(now, by: utc) == nil)
        #expect(Preferences().heldUntil(now, by: utc) == nil)
    }

    @Test(arguments: ["24:00", "7:00", "07:0", "07:60", "0700", "07:00:00", "", " 7:00", "٠٧:٠٠"])
    func timesOfDayHaveTwoDigitsEach(_ text: String) {
        #expect(TimeOfDay(text) == nil)
    }
}
