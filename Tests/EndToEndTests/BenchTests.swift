import PealCore
import Testing

/// Each measurement, as small as it can be: it must run to its end, lose nothing, and print numbers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BenchTests {
    @Test(arguments: [
        "idle --connections 20 --duration 1s",
        "fanout --connections 20 --events 2",
        "fanout --connections 20 --events 2 --one-user",
        "latency --connections 20 --rate 50 --duration 1s",
        "ingest --clients 1 --duration 1s",
        "ingest --clients 1 --batch 16 --duration 1s --set store.url=memory:",
        "topic --members 300 --connections 10 --rate 50 --duration 1s",
        "storm --connections 20",
        "storm --connections 20 --kill",
        "hostile --connections 5 --slow 4 --floods 1 --half-open 2 --rate 20 --duration 1s",
        "soak --minutes 0.1 --sessions 10 --visit 1 --rate 20",
    ])
    func aSmallRunEndsWithNumbers(_ command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        let output = try await PealBinary.run(["bench"] + words + ["--json"])
        #expect(output.status == 0, "\(output.standardError)")
        let reports = try #require(try JSON.parse(output.standardOutput.utf8).members, "\(output.standardOutput)")
        #expect(reports.count == 1)
        let report = try #require(reports.first)
        #expect(report.name.hasPrefix(words[0]), "\(report.name)")
        let rows = try #require(report.value.members)
        #expect(rows.count >= 3, "\(output.standardOutput)")
        for row in rows where ["refused", "not delivered"].contains(row.name) {
            #expect(row.value.integer == 0, "\(row.name)")
        }
    }

    @Test func aWrongOptionIsRefused() async throws {
        let output = try await PealBinary.run(["bench", "idle", "--set", "nonsense"])
        #expect(output.status == 2)
        #expect(output.standardError.contains("--set takes key=value"))
    }
}
