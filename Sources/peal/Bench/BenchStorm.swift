import ArgumentParser

/// How long it takes until everybody is back after a restart, and what that costs the store.
struct BenchStorm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "A restart under many sessions: until all are back and caught up.",
        discussion: """
            Sessions are opened, the server is told to stop, drains, and is started again on the same data. Each client comes
            back with its cursor when it was told to.

            EXAMPLES
              peal bench storm --connections 15000
              peal bench storm --kill
            """)

    @Option(help: "Sessions, each of a user of its own.")
    var connections = 15_000

    @Flag(help: "The server is killed instead of being told to stop.")
    var kill = false

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        let report = try await Self.measure(options, connections: connections, isKilled: kill)
        BenchReport.print([report], json: options.json)
    }

    static func measure(_ options: BenchOptions, connections: Int, isKilled: Bool) async throws -> BenchReport {
        var options = options
        options.set =
            ["drain.duration=2s", "drain.reconnect-delay=2s", "drain.reconnect-spread=4s"] + options.set
        let processes = options.processCount(for: connections)
        return try await BenchServer.with(options) { server in
            // A cursor that says something, and rows that could be read.
            try await notifyAll(server, users: connections)
            return try await WorkerPool.with(
                server, connections: connections, processes: processes, role: .returning
            ) { pool, connected in
                try pool.expectReturns()
                let before = try await server.metrics()
                let start = MonotonicClock.now
                try await server.end(isKilled: isKilled)
                let ended = MonotonicClock.now
                try await server.startAgain()
                let ready = MonotonicClock.now
                let back = try pool.awaitReturns()
                let after = try await server.metrics()
                _ = before

                var report = BenchReport(
                    "storm: \(connections) sessions, the server \(isKilled ? "killed" : "drained") and started again")
                report.add("sessions", connected.sessions)
                report.add("until it had ended", Double(ended - start) / 1e9, "s")
                report.add("until it listened again", Double(ready - start) / 1e9, "s")
                report.add("until the last had caught up", Double(back.last - start) / 1e9, "s")
                report.add("connect → caught up", back.latencies)
                report.add("attempts", back.attempts)
                report.add("back, but from the beginning", back.resets)
                report.add("queries for up to 1,000 clients", after.value("session_store_reads_total", "returns"))
                report.add(
                    "reads of rows",
                    after.value("session_store_reads_total", "changes")
                        + after.value("session_store_reads_total", "page"))
                report.add("server memory after", Double(try server.usage().residentBytes) / 1e6, "MB")
                return report
            }
        }
    }

    private static func notifyAll(_ server: BenchServer, users: Int) async throws {
        let requests = EventRequests(server.address, path: "/v1/notifications", key: server.key)
        let chunks = stride(from: 0, to: users, by: 1000).map { $0..<min(users, $0 + 1000) }
        let result = try await LoadGenerator.each(server.address, connections: 4, count: chunks.count) {
            requests.request(EventRequests.event(forUsers: chunks[$0], createdAt: MonotonicClock.now))
        }
        guard result.failed == 0 else { throw Failure("\(result.failed) of \(chunks.count) requests were refused") }
    }
}
