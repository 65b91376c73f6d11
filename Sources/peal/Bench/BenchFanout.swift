import ArgumentParser
import NIOCore

/// What it costs to tell many.
struct BenchFanout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanout", abstract: "One event to many sessions: deliveries a second, CPU per frame.",
        discussion: """
            By default each session is of a user of its own, and an event is a durable notification for each of them. With
            --one-user all sessions belong to one user, and an event is one notification: the bare fan-out.

            EXAMPLES
              peal bench fanout --connections 10000 --events 20 --one-user
              peal bench fanout --one-user --burst 4
            """)

    @Option(help: "Sessions.")
    var connections = 10_000

    @Option(help: "Events, one after the other.")
    var events = 10

    @Flag(help: "All sessions of one user.")
    var oneUser = false

    @Option(help: "Notifications in an event, which queue for each session together; with --one-user.")
    var burst = 1

    @OptionGroup var sessions: TransportOptions

    @OptionGroup var options: BenchOptions

    func validate() throws {
        if burst != 1, !oneUser { throw ValidationError("--burst needs --one-user") }
        if sessions.transport == .longPoll { throw ValidationError("a long poll is answered once: see 'latency'") }
    }

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        let report = try await Self.measure(
            options, connections: connections, events: events, isOneUser: oneUser, burst: max(1, burst),
            carrier: sessions.carrier)
        BenchReport.print([report], json: options.json)
    }

    /// `user_ids` of one request.
    private static let usersPerRequest = 1000

    static func measure(
        _ options: BenchOptions, connections: Int, events: Int, isOneUser: Bool, burst: Int = 1,
        carrier: BenchCarrier = BenchCarrier()
    ) async throws -> BenchReport {
        let processes = options.processCount(for: connections)
        return try await BenchServer.with(options) { server in
            try await WorkerPool.with(
                server, connections: connections, processes: processes, isOneUser: isOneUser, carrier: carrier
            ) { pool, connected in
                let notify = {
                    isOneUser
                        ? try await notifyOne(server, burst: burst) : try await notifyAll(server, users: connections)
                }
                // The first event warms caches up, and tells a client that has not opened its eyes yet.
                try await notify()
                _ = try pool.awaitFrames(perSession: burst)
                _ = try pool.report()

                let before = try server.usage()
                let start = MonotonicClock.now
                var end = start
                for event in 0..<events {
                    try await notify()
                    end = try pool.awaitFrames(perSession: burst * (event + 2))
                }
                let used = try server.usage().cpu - before.cpu
                let (_, lost, latencies) = try pool.report()
                let frames = events * burst * connected.sessions
                let seconds = Double(end - start) / 1e9

                let whom = isOneUser ? "sessions of one user" : "users, a durable notification each"
                let what = burst > 1 ? "\(events) × \(burst) events" : "\(events) events"
                var report = BenchReport("fanout: \(what) to \(connections) \(whom) (\(carrier.title))")
                report.add("deliveries", frames)
                report.add("deliveries", Double(frames) / seconds, "/s")
                report.add("server CPU per delivery", used.inMicroseconds / Double(frames), "µs")
                report.add("create → frame", latencies)
                report.add("sessions that broke", lost)
                return report
            }
        }
    }

    /// In one transaction, so that they reach each session together.
    private static func notifyOne(_ server: BenchServer, burst: Int) async throws {
        let requests = EventRequests(server, batch: burst)
        try await send(server, count: 1) { _ in
            requests.batch(of: burst) { _ in
                EventRequests.event(for: WorkerPlan.user(0), createdAt: MonotonicClock.now)
            }
        }
    }

    private static func notifyAll(_ server: BenchServer, users: Int) async throws {
        let requests = EventRequests(server, batch: 1)
        let chunks = stride(from: 0, to: users, by: usersPerRequest).map { first in
            first..<min(users, first + usersPerRequest)
        }
        try await send(server, count: chunks.count) {
            requests.request(EventRequests.event(forUsers: chunks[$0], createdAt: MonotonicClock.now))
        }
    }

    private static func send(
        _ server: BenchServer, count: Int, request: @escaping @Sendable (Int) -> ByteBuffer
    ) async throws {
        let result = try await LoadGenerator.each(
            server.address, connections: min(4, count), count: count, request: request)
        guard result.failed == 0 else { throw Failure("\(result.failed) of \(count) requests were refused") }
    }
}
