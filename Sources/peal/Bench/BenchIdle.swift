import ArgumentParser
import PealServer

/// What a session costs that has nothing to say.
struct BenchIdle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "Memory and CPU of sessions that only wait.",
        discussion: """
            EXAMPLES
              peal bench idle --connections 15000 --duration 60s
              peal bench idle --transport sse
              peal bench idle --tls --connections 5000
              peal bench idle --set gateway.transport=nio
            """)

    @Option(help: "Sessions, each of a user of its own.")
    var connections = 15_000

    @Option(help: ArgumentHelp("How long they wait.", valueName: "duration"))
    var duration = SettingDuration(.seconds(30))

    @Flag(help: "Over TLS, with a certificate that openssl makes for this run.")
    var tls = false

    @Flag(help: "WebSockets that agree on compression.")
    var compression = false

    @OptionGroup var sessions: TransportOptions

    @OptionGroup var options: BenchOptions

    func validate() throws {
        if compression, sessions.transport != .webSocket { throw ValidationError("only WebSockets are compressed") }
    }

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        var carrier = sessions.carrier
        (carrier.isEncrypted, carrier.isCompressed) = (tls, compression)
        let report = try await Self.measure(
            options, connections: connections, duration: duration.value, carrier: carrier)
        BenchReport.print([report], json: options.json)
    }

    static func measure(
        _ options: BenchOptions, connections: Int, duration: Duration, carrier: BenchCarrier = BenchCarrier()
    ) async throws -> BenchReport {
        var options = options
        options.set = ["session.ping-interval=25s", "session.pong-timeout=60s"] + options.set
        if carrier.isCompressed { options.set.insert("session.compression=true", at: 0) }
        let processes = options.processCount(for: connections)
        return try await BenchServer.with(options, isEncrypted: carrier.isEncrypted) { server in
            // What the first connection allocates for good belongs to the server, not to the sessions.
            try await WorkerPool.with(server, connections: 64, processes: 1, carrier: carrier) { _, _ in }
            try await Task.sleep(for: .milliseconds(500))
            let before = try server.usage()
            return try await WorkerPool.with(
                server, connections: connections, processes: processes, carrier: carrier
            ) { _, connected in
                let handshakes = try server.usage().cpu - before.cpu
                try await Task.sleep(for: .seconds(2))
                let settled = try server.usage()
                try await Task.sleep(for: duration)
                let after = try server.usage()
                // Without the pages of the program that the handshakes have touched: they are no session's, and few
                // sessions need as many of them as many do.
                let grown = Double(after.ownBytes - before.ownBytes)
                let sessions = Double(connected.sessions)

                var report = BenchReport(
                    "idle: \(connections) sessions (\(carrier.title)) for \(duration.settingText), ping every 25 s")
                report.add("sessions", connected.sessions)
                report.add("handshakes", sessions / connected.duration.inSeconds, "/s")
                report.add("server CPU per handshake", handshakes.inMicroseconds / sessions, "µs")
                report.add("server memory before", Double(before.residentBytes) / 1e6, "MB")
                report.add("server memory with them", Double(after.residentBytes) / 1e6, "MB")
                let touched = after.residentBytes - before.residentBytes - (after.ownBytes - before.ownBytes)
                report.add("memory of the program, touched by them", Double(touched) / 1e6, "MB")
                report.add("server memory of its own with them", Double(after.ownBytes) / 1e6, "MB")
                report.add("memory per session", grown / 1024 / sessions, "KiB")
                report.add(
                    "server CPU per idle session",
                    (after.cpu - settled.cpu).inMicroseconds / duration.inSeconds / sessions, "µs/s")
                return report
            }
        }
    }
}
