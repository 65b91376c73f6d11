import PealCore
import Testing

@testable import PealServer

@Suite struct HTTPDateTests {
    /// The example of RFC 9110 §5.6.7, and days around the ends of months and years.
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"), (1_798_761_600, "Fri, 01 Jan 2027 00:00:00 GMT"),
    ])
    func theTimeIsWrittenAsTheStandardSays(_ seconds: Int64, _ text: String) {
        #expect(HTTPDate().text(at: Timestamp(seconds: seconds)) == text)
    }

    @Test func itIsMadeOnceASecond() {
        let date = HTTPDate()
        let time = Timestamp(seconds: 1_798_761_599)
        #expect(date.text(at: time) == date.text(at: time + .milliseconds(999)))
        #expect(date.text(at: time) != date.text(at: time + .seconds(1)))
    }
}
