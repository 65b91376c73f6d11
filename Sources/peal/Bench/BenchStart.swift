import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PealServer

/// What a server costs that nobody uses, and how soon it can be used.
struct BenchStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Time to ready, memory and CPU of a fresh server.",
        discussion: "EXAMPLE\n  peal bench start --duration 30s")

    @Option(help: ArgumentHelp("How long the server is left alone for its CPU.", valueName: "duration"))
    var duration = SettingDuration(.seconds(10))

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        BenchReport.print([try await Self.measure(options, duration: duration.value)], json: options.json)
    }

    private static let starts = 5

    static func measure(_ options: BenchOptions, duration: Duration) async throws -> BenchReport {
        try await BenchServer.with(options) { server in
            // The first start made the database, which no later one does.
            var times: [Duration] = []
            for _ in 0..<starts {
                try await server.end(isKilled: false)
                let start = ContinuousClock.now
                try await server.startAgain()
                try await awaitReady(server.address)
                times.append(.now - start)
            }
            try await Task.sleep(for: .seconds(2))
            let before = try server.usage()
            try await Task.sleep(for: duration)
            let after = try server.usage()

            var report = BenchReport("start: a server that nobody uses, for \(duration.settingText)")
            report.add("start → ready, median of \(starts)", times.sorted()[starts / 2].inSeconds, "s")
            report.add("start → ready, slowest", (times.max() ?? .zero).inSeconds, "s")
            report.add("idle memory", Double(after.residentBytes) / 1e6, "MB")
            report.add("idle memory of its own", Double(after.ownBytes) / 1e6, "MB")
            report.add("idle CPU", (after.cpu - before.cpu).inSeconds / duration.inSeconds * 100, "%")
            return report
        }
    }

    private static func awaitReady(_ server: ServerAddress) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while .now < deadline {
            let request = HTTPClientRequest(url: "\(server.base)/health/ready")
            if let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(5)),
                response.status.code == 200
            {
                return
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Failure("the server did not become ready")
    }
}
