import ArgumentParser
import NIOCore
import PealServer

/// How many notifications can be created durably.
struct BenchIngest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Durable creates a second, one a request or in batches.",
        discussion: """
            EXAMPLES
              peal bench ingest --clients 64
              peal bench ingest --clients 8 --batch 256
              peal bench ingest --clients 8 --batch 256 --rows 1000000
            """)

    @Option(help: "Connections, each with one request under way.")
    var clients = 64

    @Option(help: "Events in a request.")
    var batch = 1

    @Option(help: ArgumentHelp("How long.", valueName: "duration"))
    var duration = SettingDuration(.seconds(10))

    @Option(help: "Create so many instead, and show whether the rate is kept up.")
    var rows: Int?

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        let batch = max(1, batch)
        let report =
            if let rows {
                try await Self.measure(options, clients: clients, batch: batch, rows: rows)
            } else {
                try await Self.measure(options, clients: clients, batch: batch, duration: duration.value)
            }
        BenchReport.print([report], json: options.json)
    }

    /// Users that the notifications are spread over.
    private static let users = 10_000

    static func measure(
        _ options: BenchOptions, clients: Int, batch: Int, duration: Duration
    ) async throws -> BenchReport {
        try await BenchServer.with(options) { server in
            let request = request(server, batch: batch)
            let load: @Sendable (Duration) async throws -> LoadGenerator.Result = { duration in
                try await LoadGenerator.closedLoop(
                    server.address, connections: clients, duration: duration, request: request)
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

    private static func request(_ server: BenchServer, batch: Int) -> @Sendable (Int) -> ByteBuffer {
        let requests = EventRequests(server, batch: batch)
        return { _ in
            let time = MonotonicClock.now
            return requests.batch(of: batch) { _ in
                EventRequests.event(for: WorkerPlan.user(.random(in: 0..<users)), createdAt: time)
            }
        }
    }

    /// In ten parts, so that it shows whether the last is as fast as the first.
    static func measure(_ options: BenchOptions, clients: Int, batch: Int, rows: Int) async throws -> BenchReport {
        try await BenchServer.with(options) { server in
            let request = request(server, batch: batch)
            _ = try await LoadGenerator.closedLoop(
                server.address, connections: clients, duration: .seconds(1), request: request)
            let before = try server.usage()
            var parts: [(creates: Int, seconds: Double)] = []
            var refused = 0
            for _ in 0..<10 {
                let result = try await LoadGenerator.each(
                    server.address, connections: clients, count: max(1, rows / 10 / batch), request: request)
                refused += result.failed
                parts.append(((result.sent - result.failed) * batch, result.duration.inSeconds))
            }
            let used = try server.usage().cpu - before.cpu
            let creates = parts.reduce(0) { $0 + $1.creates }
            let rates = parts.map { Double($0.creates) / $0.seconds }

            var report = BenchReport("ingest: \(creates) rows, \(clients) clients, \(batch) a request")
            report.add("creates", Double(creates) / parts.reduce(0) { $0 + $1.seconds }, "/s")
            report.add("creates, first tenth", rates.first ?? 0, "/s")
            report.add("creates, last tenth", rates.last ?? 0, "/s")
            report.add("creates, slowest tenth", rates.min() ?? 0, "/s")
            report.add("refused requests", refused)
            report.add("server CPU per create", used.inMicroseconds / Double(max(1, creates)), "µs")
            return report
        }
    }
}
