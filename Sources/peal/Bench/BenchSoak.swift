import ArgumentParser
import PealServer

/// Whether memory stays where it is while sessions come and go.
struct BenchSoak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Sessions that come and go under load for long, and the server's memory.",
        discussion: "EXAMPLE\n  peal bench soak --minutes 30 --sessions 5000")

    @Option(help: "How long.")
    var minutes = 5.0

    @Option(help: "Sessions at a time.")
    var sessions = 2000

    @Option(help: "How many seconds a visit lasts on average, before its client leaves and comes back.")
    var visit = 10

    @Option(help: "Creates a second, each for one of the users.")
    var rate = 200

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        BenchReport.print([try await measure()], json: options.json)
    }

    private func measure() async throws -> BenchReport {
        let processes = options.processCount(for: sessions)
        return try await BenchServer.with(options) { server in
            try await WorkerPool.with(
                server, connections: sessions, processes: processes, role: .returning, visit: visit
            ) { pool, connected in
                let (users, rate) = (sessions, rate)
                let requests = EventRequests(server.address, path: "/v1/notifications", key: server.key)
                let duration = Duration.seconds(minutes * 60)
                async let load = LoadGenerator.openLoop(server.address, connections: 32, rate: rate, duration: duration)
                {
                    let user = WorkerPlan.user(.random(in: 0..<users))
                    return requests.request(EventRequests.event(for: user, createdAt: $0))
                }
                var samples: [MemoryTrend.Sample] = []
                let start = MonotonicClock.now
                let end = start + UInt64(duration.inSeconds * 1e9)
                while MonotonicClock.now < end {
                    try await Task.sleep(for: .seconds(1))
                    let minute = Double(MonotonicClock.now - start) / 60e9
                    samples.append(.init(minute: minute, bytes: Double(try server.usage().ownBytes)))
                }
                let result = try await load
                let visits = try pool.visits()

                var report = BenchReport(
                    "soak: \(connected.sessions) sessions for \(minutes) minutes, a visit of \(visit) s on average")
                report.add("visits", visits.count)
                report.add("sessions that broke", visits.lost)
                report.add("creates", result.sent)
                report.add("refused", result.failed)
                guard let first = samples.first, let last = samples.last else { return report }
                // At first memory grows to what the load needs. What takes longest are the page caches of the store, which
                // grow with the database up to their limit.
                let trend = MemoryTrend(samples.filter { $0.minute > minutes * 2 / 3 })
                report.add("memory of its own at first", first.bytes / 1e6, "MB")
                report.add("memory in the last third", trend.level / 1e6, "MB")
                report.add("memory at last", last.bytes / 1e6, "MB")
                report.add("growth in the last third", trend.slope / 1024, "KiB/min")
                report.add("give or take (95 %)", 1.96 * trend.error / 1024, "KiB/min")
                report.add("is flat (1: yes)", trend.isFlat ? 1 : 0)
                return report
            }
        }
    }
}

/// A straight line through samples of memory (least squares).
struct MemoryTrend {
    struct Sample {
        var minute: Double
        var bytes: Double
    }

    /// Bytes at the beginning of the line.
    private(set) var level = 0.0
    /// Bytes in a minute.
    private(set) var slope = 0.0
    /// The standard error of ``slope``, from the means of a tenth of the time each, since neighbours are alike.
    private(set) var error = 0.0
    private var length = 0.0

    init(_ samples: [Sample]) {
        guard let first = samples.first, let last = samples.last, last.minute > first.minute else { return }
        length = last.minute - first.minute
        let blocks = Self.blocks(samples, first.minute, length)
        let line = Self.line(blocks)
        slope = line.slope
        level = line.at(first.minute)
        guard blocks.count > 2 else { return }
        let mean = blocks.reduce(0) { $0 + $1.minute } / Double(blocks.count)
        let spread = blocks.reduce(0) { $0 + ($1.minute - mean) * ($1.minute - mean) }
        let rest = blocks.reduce(0) { $0 + ($1.bytes - line.at($1.minute)) * ($1.bytes - line.at($1.minute)) }
        error = (rest / Double(blocks.count - 2) / spread).squareRoot()
    }

    /// Whether the line rises by no more than its uncertainty, or by less than 2 % of the level.
    var isFlat: Bool { slope <= 1.96 * error || slope * length <= level * 0.02 }

    private static func blocks(_ samples: [Sample], _ start: Double, _ length: Double) -> [Sample] {
        var blocks: [[Sample]] = Array(repeating: [], count: 10)
        for sample in samples { blocks[min(9, Int((sample.minute - start) / length * 10))].append(sample) }
        return blocks.filter { !$0.isEmpty }.map { block in
            Sample(
                minute: block.reduce(0) { $0 + $1.minute } / Double(block.count),
                bytes: block.reduce(0) { $0 + $1.bytes } / Double(block.count))
        }
    }

    private static func line(_ points: [Sample]) -> (slope: Double, at: (Double) -> Double) {
        let count = Double(points.count)
        let x = points.reduce(0) { $0 + $1.minute } / count
        let y = points.reduce(0) { $0 + $1.bytes } / count
        let spread = points.reduce(0) { $0 + ($1.minute - x) * ($1.minute - x) }
        let slope = spread > 0 ? points.reduce(0) { $0 + ($1.minute - x) * ($1.bytes - y) } / spread : 0
        return (slope, { y + slope * ($0 - x) })
    }
}
