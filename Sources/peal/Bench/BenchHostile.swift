import ArgumentParser
import PealServer

/// What clients that wish the server ill cost the others.
struct BenchHostile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostile",
        abstract: "Well-behaved clients alone, and beside slow readers, floods and half-open ones.",
        discussion: """
            Measures the same load twice on one server: with the well-behaved clients alone, and with the others beside them.
            What the server closes or refuses comes again.

            EXAMPLE
              peal bench hostile --connections 1000 --slow 10000 --floods 50 --half-open 2000
            """)

    @Option(help: "Well-behaved sessions, each of a user of its own.")
    var connections = 1000

    @Option(help: "Sessions that read a few bytes in a second, or none; 100 for each of their users.")
    var slow = 10_000

    @Option(help: "Sessions that send commands, pings and garbage without a pause.")
    var floods = 50

    @Option(help: "Connections that never end their request.")
    var halfOpen = 2000

    @Option(help: "Creates a second, each for a well-behaved user.")
    var rate = 500

    @Option(help: ArgumentHelp("How long each of the two runs lasts.", valueName: "duration"))
    var duration = SettingDuration(.seconds(15))

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        BenchReport.print([try await measure()], json: options.json)
    }

    /// Numbers of users that no well-behaved client has.
    private static let strangers = 1_000_000

    private func measure() async throws -> BenchReport {
        var options = options
        // Shorter than the run, so that floods meet their end in it.
        options.set = ["session.flood-patience=5s"] + options.set
        return try await BenchServer.with(options) { server in
            try await WorkerPool.with(server, connections: connections, processes: 1) { pool, connected in
                _ = try await load(server, pool, duration: .seconds(2))
                let quiet = try await load(server, pool, duration: duration.value)
                return try await WorkerPool.with(
                    server, groups: strangers(server)
                ) { others, _ in
                    try await fill(server)
                    _ = try await load(server, pool, duration: .seconds(2))
                    let before = try server.usage()
                    let besides = try await load(server, pool, duration: duration.value, isWithStrangers: true)
                    let after = try server.usage()
                    let metrics = try await server.metrics()
                    let closed = try others.report()

                    let ratio = Double(besides.value(at: 99)) / Double(max(1, quiet.value(at: 99)))
                    var report = BenchReport(
                        "hostile: \(connected.sessions) clients beside \(slow) slow readers, \(floods) floods and "
                            + "\(halfOpen) half-open connections")
                    report.add("quiet: create → frame", quiet)
                    report.add("beside them: create → frame", besides)
                    report.add("p99 beside them ÷ quiet", ratio, "")
                    report.add("sessions that broke", try pool.report().lost)
                    report.add("times that others were closed", closed.lost)
                    for reason in ["rate_limited", "not_reading", "no_pong", "violation"] {
                        report.add("closed: \(reason)", metrics.value("session_closings_total", reason))
                    }
                    report.add("throttled", metrics.sum("session_throttles_total"))
                    report.add("queues dropped", metrics.sum("session_overflows_total"))
                    report.add("heads that took too long", metrics.value("connection_timeouts_total", "head"))
                    report.add("connections open", metrics.sum("connections_open"))
                    report.add("server CPU", (after.cpu - before.cpu).inSeconds / duration.value.inSeconds * 100, "%")
                    report.add("server memory", Double(after.residentBytes) / 1e6, "MB")
                    return report
                }
            }
        }
    }

    private func strangers(_ server: BenchServer) -> [WorkerGroup] {
        let half = slow / 2
        return [
            WorkerGroup(role: .slow, count: half, first: Self.strangers, userCount: 100),
            WorkerGroup(role: .slow, count: slow - half, first: Self.strangers, userCount: 100),
            WorkerGroup(role: .flood, count: floods, first: 2 * Self.strangers, userCount: floods),
            WorkerGroup(role: .half, count: halfOpen, first: 3 * Self.strangers, userCount: 1),
        ].filter { $0.count > 0 }
    }

    /// More than the kernel holds for a reader that does not read; ends when no frame leaves any more.
    private func fill(_ server: BenchServer) async throws {
        guard slow > 0 else { return }
        let requests = EventRequests(server.address, path: "/v1/notifications", key: server.key)
        let users = Self.strangers..<Self.strangers + 100
        let text = String(repeating: "x", count: 3000)
        _ = try await LoadGenerator.each(server.address, connections: 1, count: 60) { _ in
            requests.request(EventRequests.event(forUsers: users, createdAt: 0, message: text))
        }
        var sent = -1
        for _ in 0..<60 {
            let now = try await server.metrics().sum("session_frames_sent_total")
            guard now - sent > 1000 else { break }
            sent = now
            try await Task.sleep(for: .seconds(2))
        }
    }

    private func load(
        _ server: BenchServer, _ pool: WorkerPool, duration: Duration, isWithStrangers: Bool = false
    ) async throws -> Latencies {
        let requests = EventRequests(server.address, path: "/v1/notifications", key: server.key)
        _ = try pool.report()
        let (users, slowShare) = (connections, isWithStrangers && slow > 0 ? 0.02 : 0)
        let result = try await LoadGenerator.openLoop(
            server.address, connections: 64, rate: rate, duration: duration
        ) { time in
            let number =
                Double.random(in: 0..<1) < slowShare
                ? Self.strangers + .random(in: 0..<100) : Int.random(in: 0..<users)
            return requests.request(EventRequests.event(for: WorkerPlan.user(number), createdAt: time))
        }
        guard result.failed == 0 else { throw Failure("\(result.failed) of \(result.sent) requests were refused") }
        try await Task.sleep(for: .milliseconds(500))
        return try pool.report().latencies
    }
}
