import Testing

@testable import PealServer

@Suite struct QuantityTests {
    @Test(arguments: [
        ("500ms", 500), ("54s", 54_000), ("5m", 300_000), ("24h", 86_400_000), ("7d", 604_800_000), ("1m30s", 90_000),
        ("0", 0),
    ])
    func durationsAreRead(text: String, milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "5", "m", "-1s", "1.5s", "5 m", "99999999999999999d", "9223372036854775807s", "5minutes"])
    func otherTextIsNoDuration(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func durationsAreWrittenInTheLargestWholeUnit() {
        #expect(DurationText.write(.seconds(90)) == "90s")
        #expect(DurationText.write(.seconds(300)) == "5m")
        #expect(DurationText.write(.milliseconds(1500)) == "1500ms")
        #expect(DurationText.write(.zero) == "0s")
    }

    @Test(arguments: [("8192", 8192), ("8KiB", 8192), ("1 MiB", 1 << 20), ("64kb", 64_000), ("3B", 3), ("0", 0)])
    func sizesAreRead(text: String, bytes: Int) {
        #expect(ByteText.parse(text) == bytes)
    }

    @Test(arguments: ["", "KiB", "-1", "1.5MiB", "8 KiBs", "9223372036854775807KiB"])
    func otherTextIsNoSize(text: String) {
        #expect(ByteText.parse(text) == nil)
    }

    @Test func suggestionsAreNear() {
        #expect(Suggestion.distance("kitten", "sitting") == 3)
        #expect(Suggestion.nearest(to: "store.ulr", among: ["store.url", "log.level"]) == "store.url")
        #expect(Suggestion.nearest(to: "completely-else", among: ["store.url"]) == nil)
    }
}
