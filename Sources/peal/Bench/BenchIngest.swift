import ArgumentParser
import PealServer

/// How many notifications can be created durably.
struct BenchIngest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Durable creates a second, one a request or in batches.",
        discussion: """
            EXAMPLES
              peal bench ingest --clients 64
              peal bench ingest --clients 8 --batch 256
            """)

    @Option(help: "Connections, each with one request under way.")
    var clients = 64

    @Option(help: "Events in a request.")
    var batch = 1

    @Option(help: ArgumentHelp("How long.", valueName: "duration"))
    var duration = SettingDuration(.seconds(10))

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        let report = try await Self.measure(options, clients: clients, batch: batch, duration: duration.value)
        BenchReport.print([report], json: options.json)
    }

    /// Users that the notifications are spread over.
    private static let users = 10_000

    static func measure(
        _ options: BenchOptions, clients: Int, batch: Int, duration: Duration
    ) async throws -> BenchReport {
        try await BenchServer.with(options) { server in
            let requests = EventRequests(
                server.address, path: batch > 1 ? "/v1/notifications/batch" : "/v1/notifications", key: server.key,
                contentType: batch > 1 ? "application/x-ndjson" : "application/json")
            let load: @Sendable (Duration) async throws -> LoadGenerator.Result = { duration in
                try await LoadGenerator.closedLoop(server.address, connections: clients, duration: duration) { _ in
                    let time = MonotonicClock.now
                    let events = (0..<batch).map { _ in
                        EventRequests.event(for: WorkerPlan.user(.random(in: 0..<users)), createdAt: time)
                    }
                    return requests.request(events.joined(separator: "\n"))
                }
            }
            let warmUp = try await load(.seconds(1))
            let before = try server.usage()
            let result = try await load(duration)
            let used = try server.usage().cpu - before.cpu
            let creates = (result.sent - result.failed) * batch

            var report = BenchReport(
                "ingest: \(clients) clients, \(batch) a request, for \(duration.settingText)")
            report.add("creates", creates)
            report.add("creates", Double(creates) / result.duration.inSeconds, "/s")
            report.add("refused requests", result.failed + warmUp.failed)
            report.add("request", result.latencies)
            report.add("server CPU per create", used.inMicroseconds / Double(max(1, creates)), "µs")
            return report
        }
    }
}
