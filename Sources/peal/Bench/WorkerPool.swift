import Foundation
import Synchronization

/// The clients of one process.
struct WorkerGroup: Sendable {
    var role: WorkerRole
    var count: Int
    /// The number of the first user.
    var first: Int
    var userCount: Int
    var visit = 0
    var carrier = BenchCarrier()
}

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
        role: WorkerRole = .listening, visit: Int = 0, carrier: BenchCarrier = BenchCarrier(),
        _ body: (WorkerPool, Connected) async throws -> Value
    ) async throws -> Value {
        var first = 0
        let groups = (0..<processes).map { index in
            let count = connections / processes + (index < connections % processes ? 1 : 0)
            defer { first += count }
            return WorkerGroup(
                role: role, count: count, first: isOneUser ? 0 : first, userCount: isOneUser ? 1 : count, visit: visit,
                carrier: carrier)
        }
        return try await with(server, groups: groups, body)
    }

    /// The same with a process for each group.
    static func with<Value>(
        _ server: BenchServer, groups: [WorkerGroup], _ body: (WorkerPool, Connected) async throws -> Value
    ) async throws -> Value {
        let pool = try WorkerPool(count: groups.count)
        do {
            let connected = try await pool.connect(server, groups)
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

    private static let sources = Atomic<Int>(0)

    private func connect(_ server: BenchServer, _ groups: [WorkerGroup]) async throws -> Connected {
        let start = ContinuousClock.now
        for (worker, group) in zip(workers, groups) {
            let source = Self.sources.add(1, ordering: .relaxed).oldValue % 200
            let plan = WorkerPlan(
                port: server.address.port, secret: server.secret, first: group.first, count: group.count,
                userCount: group.userCount, source: "127.0.0.\(2 + source)", role: group.role, visit: group.visit,
                carrier: group.carrier)
            worker.process.write(plan.line)
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

    /// From now on each client is waited for until it has come back.
    func expectReturns() throws { _ = try ask("expect") }

    /// Waits until all have come back: when the last had, with how many attempts, and how many had to begin anew.
    func awaitReturns() throws -> (last: UInt64, attempts: Int, resets: Int, latencies: Latencies) {
        var back = (last: 0 as UInt64, attempts: 0, resets: 0, latencies: Latencies())
        for answer in try ask("return") where answer.count > 4 {
            back.last = max(back.last, UInt64(answer[2]) ?? 0)
            back.attempts += Int(answer[3]) ?? 0
            back.resets += Int(answer[4]) ?? 0
            if answer.count > 5 { back.latencies.add(answer[5]) }
        }
        return back
    }

    func visits() throws -> (count: Int, lost: Int) {
        try ask("visits").reduce(into: (0, 0)) { sum, answer in
            guard answer.count > 2 else { return }
            sum.0 += Int(answer[1]) ?? 0
            sum.1 += Int(answer[2]) ?? 0
        }
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
