import Foundation

/// The client processes of a measurement.
final class WorkerPool {
    struct Connected {
        var sessions: Int
        var duration: Duration
    }

    private static let patience = Duration.seconds(120)

    private let workers: [(process: ChildProcess, reader: LinePipe)]

    /// Starts the processes and connects all sessions; fails where one of them is refused.
    static func with<Value>(
        _ server: BenchServer, connections: Int, processes: Int, isOneUser: Bool = false,
        _ body: (WorkerPool, Connected) async throws -> Value
    ) async throws -> Value {
        let pool = try WorkerPool(count: processes)
        do {
            let connected = try await pool.connect(server, connections, isOneUser)
            let value = try await body(pool, connected)
            await pool.end()
            return value
        } catch {
            for worker in pool.workers { worker.process.kill() }
            throw error
        }
    }

    private init(count: Int) throws {
        workers = try (0..<count).map { _ in
            let process = try ChildProcess(["bench-worker"], output: .pipe)
            return (process, process.makeReader())
        }
    }

    private func connect(_ server: BenchServer, _ connections: Int, _ isOneUser: Bool) async throws -> Connected {
        let start = ContinuousClock.now
        var first = 0
        for (index, worker) in workers.enumerated() {
            let count = connections / workers.count + (index < connections % workers.count ? 1 : 0)
            let plan = WorkerPlan(
                port: server.address.port, secret: server.secret, first: first, count: count, isOneUser: isOneUser,
                source: "127.0.0.\(2 + index)")
            worker.process.write(plan.line)
            first += count
        }
        var sessions = 0
        for answer in try answers() {
            guard answer.count >= 3, answer[0] == "ready", let opened = Int(answer[1]), answer[2] == "0" else {
                throw Failure("the clients could not connect: \(answer.joined(separator: " "))")
            }
            sessions += opened
        }
        return Connected(sessions: sessions, duration: .now - start)
    }

    /// Waits until each session has received so many notifications in all; the moment of the last.
    func awaitFrames(perSession count: Int) throws -> UInt64 {
        try ask("await \(count)").compactMap { $0.count > 2 ? UInt64($0[2]) : nil }.max() ?? 0
    }

    /// What all sessions have received since they connected, how many broke, and the latencies since the last report.
    func report() throws -> (frames: Int, lost: Int, latencies: Latencies) {
        var report = (frames: 0, lost: 0, latencies: Latencies())
        for answer in try ask("report") where answer.count > 2 {
            report.frames += Int(answer[1]) ?? 0
            report.lost += Int(answer[2]) ?? 0
            if answer.count > 3 { report.latencies.add(answer[3]) }
        }
        return report
    }

    private func end() async {
        _ = try? ask("close")
        for worker in workers { await worker.process.terminate(within: .seconds(5)) }
    }

    private func ask(_ command: String) throws -> [[String]] {
        for worker in workers { worker.process.write(command) }
        return try answers()
    }

    private func answers() throws -> [[String]] {
        try workers.map { worker in
            guard let line = try worker.reader.line(within: Self.patience) else {
                throw Failure("a client process of the benchmark has ended")
            }
            return line.split(separator: " ").map(String.init)
        }
    }
}
