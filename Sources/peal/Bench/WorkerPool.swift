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

    /// Waits until each process has received its share of so many notifications in all; the moment of the last.
    func awaitFrames(_ total: Int) throws -> UInt64 {
        for (index, worker) in workers.enumerated() {
            worker.process.write("await \(total / workers.count + (index < total % workers.count ? 1 : 0))")
        }
        return try answers().compactMap { $0.count > 2 ? UInt64($0[2]) : nil }.max() ?? 0
    }

    /// Everything recorded since the last time, and how many sessions broke.
    func report() throws -> (latencies: Latencies, lost: Int) {
        for worker in workers { worker.process.write("report") }
        var latencies = Latencies()
        var lost = 0
        for answer in try answers() where answer.count > 2 {
            lost += Int(answer[2]) ?? 0
            if answer.count > 3 { latencies.add(answer[3]) }
        }
        return (latencies, lost)
    }

    private func end() async {
        for worker in workers { worker.process.write("close") }
        _ = try? answers()
        for worker in workers { await worker.process.terminate(within: .seconds(5)) }
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
