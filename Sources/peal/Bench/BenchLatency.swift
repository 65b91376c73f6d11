import ArgumentParser
import PealServer

/// How long it takes from a producer's request to the frame in the client's hands.
struct BenchLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency", abstract: "From create to frame, at a fixed rate, among many who are online.",
        discussion: """
            EXAMPLES
              peal bench latency --rate 1000 --connections 10000 --duration 20s
              peal bench latency --transport longpoll
              peal bench latency --rate 10000 --batch 10
            """)

    @Option(help: "Sessions, each of a user of its own.")
    var connections = 10_000

    @Option(help: "Creates a second, each for a user that is chosen by chance.")
    var rate = 1000

    @Option(help: "Creates in a request.")
    var batch = 1

    @Option(help: ArgumentHelp("How long.", valueName: "duration"))
    var duration = SettingDuration(.seconds(15))

    @OptionGroup var sessions: TransportOptions

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        let report = try await Self.measure(
            options, connections: connections, rate: rate, batch: batch, duration: duration.value,
            carrier: sessions.carrier)
        BenchReport.print([report], json: options.json)
    }

    static func measure(
        _ options: BenchOptions, connections: Int, rate: Int, batch: Int = 1, duration: Duration,
        carrier: BenchCarrier = BenchCarrier()
    ) async throws -> BenchReport {
        let processes = options.processCount(for: connections)
        return try await BenchServer.with(options) { server in
            try await WorkerPool.with(
                server, connections: connections, processes: processes, carrier: carrier
            ) { pool, connected in
                let requests = EventRequests(server, batch: batch)
                let load: @Sendable (Duration) async throws -> LoadGenerator.Result = { duration in
                    try await LoadGenerator.openLoop(
                        server.address, connections: 64, rate: max(1, rate / batch), duration: duration
                    ) { time in
                        requests.batch(of: batch) { _ in
                            EventRequests.event(for: WorkerPlan.user(.random(in: 0..<connections)), createdAt: time)
                        }
                    }
                }
                let warmUp = try await load(.seconds(1))
                try await Task.sleep(for: .milliseconds(500))
                let earlier = try pool.report().frames
                let before = try server.usage()
                let result = try await load(duration)
                var received = try pool.report()
                for _ in 0..<50 where received.frames - earlier < (result.sent - result.failed) * batch {
                    try await Task.sleep(for: .milliseconds(100))
                    let more = try pool.report()
                    received.frames = more.frames
                    received.latencies.add(more.latencies.text)
                }
                let used = try server.usage().cpu - before.cpu

                let creates = result.sent * batch
                var report = BenchReport(
                    "latency: \(rate) creates/s for \(duration.settingText), \(connected.sessions) users online "
                        + "(\(carrier.title))")
                report.add("creates", creates)
                report.add("creates", Double(creates) / result.duration.inSeconds, "/s")
                report.add("refused requests", result.failed + warmUp.failed)
                report.add("not delivered", max(0, (result.sent - result.failed) * batch - (received.frames - earlier)))
                report.add("create → frame", received.latencies)
                report.add("create → 201", result.latencies)
                report.add("server CPU per create", used.inMicroseconds / Double(max(1, creates)), "µs")
                report.add("sessions that broke", received.lost)
                return report
            }
        }
    }
}
