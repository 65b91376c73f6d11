import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Measure a server on this machine: idle, fan-out, latency, ingest, topics, restarts, hostile clients.",
        discussion: """
            Starts a server of its own in a temporary directory, connects clients from several processes, and prints what it
            cost: percentiles, the server's memory and CPU time. Everything stays on loopback and ends by itself. With --url,
            --data-directory and --pid a server that runs already on this machine is measured instead.

            EXAMPLES
              peal bench all
              peal bench idle --connections 15000
              peal bench fanout --connections 10000 --one-user
              peal bench latency --rate 1000 --connections 10000 --duration 20s
              peal bench ingest --batch 256 --set store.url=memory:
              peal bench topic --members 100000
              peal bench storm --connections 15000
              peal bench hostile --slow 10000
              peal bench soak --minutes 30 --sessions 5000
            """,
        subcommands: [
            BenchStart.self, BenchIdle.self, BenchFanout.self, BenchLatency.self, BenchIngest.self, BenchTopic.self,
            BenchStorm.self,
            BenchHostile.self, BenchSoak.self, BenchAll.self,
        ])
}

/// What every measurement can be told.
struct BenchOptions: ParsableArguments {
    @Option(help: "Client processes; by default one for each 8,000 connections.")
    var processes: Int?

    @Option(help: ArgumentHelp("A setting of the server that is started.", valueName: "key=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("Where the server keeps its data; removed afterwards.", valueName: "path"))
    var directory: String?

    @Option(help: "The process of the server at --url, for its memory and CPU.")
    var pid: Int32?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var client: ClientOptions

    /// `--set store.url=memory:` as the server's own flags.
    func serverArguments() throws(Failure) -> [String] {
        var arguments: [String] = []
        for text in set {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw Failure(.usage, "--set takes key=value, not '\(text)'") }
            arguments.append("--\(parts[0].replacing(".", with: "-"))=\(parts[1])")
        }
        return arguments
    }

    func processCount(for connections: Int) -> Int {
        max(1, min(processes ?? (connections + 7999) / 8000, connections))
    }
}

struct BenchAll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Idle, fan-out, latency and ingest, one after the other, each with its defaults.",
        discussion: "EXAMPLE\n  peal bench all --json")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        var reports = try await [BenchIdle.measure(options, connections: 15_000, duration: .seconds(30))]
        reports.append(try await BenchFanout.measure(options, connections: 10_000, events: 20, isOneUser: true))
        reports.append(try await BenchFanout.measure(options, connections: 10_000, events: 5, isOneUser: false))
        reports.append(
            try await BenchLatency.measure(options, connections: 10_000, rate: 1000, duration: .seconds(15)))
        reports.append(try await BenchIngest.measure(options, clients: 64, batch: 1, duration: .seconds(10)))
        reports.append(try await BenchIngest.measure(options, clients: 8, batch: 256, duration: .seconds(10)))
        BenchReport.print(reports, json: options.json)
    }
}
