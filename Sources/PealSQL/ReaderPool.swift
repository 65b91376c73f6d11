internal import Dispatch
public import PealCore
internal import Synchronization

/// A few threads that read, each on its own connection, so that a slow disk never holds a thread of Swift's pool.
public final class ReaderPool: Sendable {
    private typealias Job = @Sendable (any SnapshotReading) -> Void

    private struct State {
        var jobs: [Job] = []
        var head = 0
        var isClosed = false

        mutating func pop() -> Job? {
            guard head < jobs.count else { return nil }
            defer {
                head += 1
                if head == jobs.count || head >= 1024 {
                    jobs.removeFirst(head)
                    head = 0
                }
            }
            return jobs[head]
        }
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)
    private let threads = DispatchGroup()
    private let count: Int

    /// - Parameter make: called for each thread, before any of them starts.
    package init(count: Int, make: () throws(StoreError) -> any SnapshotReading) throws(StoreError) {
        self.count = max(1, count)
        var readers: [any SnapshotReading] = []
        for _ in 0..<self.count { readers.append(try make()) }
        for reader in readers {
            threads.enter()
            let work: @Sendable (any SnapshotReading) -> Void = { [self] reader in
                while let job = next() { job(reader) }
            }
            ThreadConfined(reader).run(named: "peal-read", work) { [threads] in threads.leave() }
        }
    }

    /// Answers from one snapshot.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SnapshotReading) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            let isTaken = push { reader in
                continuation.resume(returning: reader.snapshot(body))
            }
            if !isTaken { continuation.resume(returning: .failure(StoreError(.closed, "the store is closed"))) }
        }
        return try result.get()
    }

    /// Finishes what was asked, then closes the connections.
    public func close() async {
        state.withLock { $0.isClosed = true }
        for _ in 0..<count { available.signal() }
        await withCheckedContinuation { continuation in
            threads.notify(queue: .global()) { continuation.resume() }
        }
    }

    private func push(_ job: @escaping Job) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { available.signal() }
        return isTaken
    }

    /// Nil once the pool is closed and nothing waits.
    private func next() -> Job? {
        while true {
            available.wait()
            let (job, isClosed) = state.withLock { state in (state.pop(), state.isClosed) }
            if let job { return job }
            if isClosed { return nil }
        }
    }
}
