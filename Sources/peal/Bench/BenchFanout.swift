import ArgumentParser

/// What it costs to tell many.
struct BenchFanout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanout", abstract: "One event to many sessions: deliveries a second, CPU per frame.",
        discussion: """
            By default each session is of a user of its own, and an event is a durable notification for each of them. With
            --one-user all sessions belong to one user, and an event is one notification: the bare fan-out.

            EXAMPLE
              peal bench fanout --connections 10000 --events 20 --one-user
            """)

    @Option(help: "Sessions.")
    var connections = 10_000

    @Option(help: "Events, one after the other.")
    var events = 10

    @Flag(help: "All sessions of one user.")
    var oneUser = false

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        let report = try await Self.measure(options, connections: connections, events: events, isOneUser: oneUser)
        BenchReport.print([report], json: options.json)
    }

    /// `user_ids` of one request.
    private static let usersPerRequest = 1000

    static func measure(
        _ options: BenchOptions, connections: Int, events: Int, isOneUser: Bool
    ) async throws -> BenchReport {
        let processes = options.processCount(for: connections)
        return try await BenchServer.with(options) { server in
            try await WorkerPool.with(
                server, connections: connections, processes: processes, isOneUser: isOneUser
            ) { pool, connected in
                let requests = EventRequests(server.address, path: "/v1/notifications", key: server.key)
                // The first event warms caches up, and tells a client that has not opened its eyes yet.
                try await notify(server, requests, users: isOneUser ? 1 : connections)
                _ = try pool.awaitFrames(perSession: 1)
                _ = try pool.report()

                let before = try server.usage()
                let start = MonotonicClock.now
                var end = start
                for event in 0..<events {
                    try await notify(server, requests, users: isOneUser ? 1 : connections)
                    end = try pool.awaitFrames(perSession: event + 2)
                }
                let used = try server.usage().cpu - before.cpu
                let (_, lost, latencies) = try pool.report()
                let frames = Double(events * connected.sessions)
                let seconds = Double(end - start) / 1e9

                let whom = isOneUser ? "sessions of one user" : "users, a durable notification each"
                var report = BenchReport("fanout: \(events) events to \(connections) \(whom)")
                report.add("deliveries", events * connected.sessions)
                report.add("deliveries", frames / seconds, "/s")
                report.add("server CPU per delivery", used.inMicroseconds / frames, "µs")
                report.add("create → frame", latencies)
                report.add("sessions that broke", lost)
                return report
            }
        }
    }

    private static func notify(_ server: BenchServer, _ requests: EventRequests, users: Int) async throws {
        let chunks = stride(from: 0, to: users, by: usersPerRequest).map { first in
            first..<min(users, first + usersPerRequest)
        }
        let result = try await LoadGenerator.each(
            server.address, connections: min(4, chunks.count), count: chunks.count
        ) {
            requests.request(EventRequests.event(forUsers: chunks[$0], createdAt: MonotonicClock.now))
        }
        guard result.failed == 0 else { throw Failure("\(result.failed) of \(chunks.count) requests were refused") }
    }
}
