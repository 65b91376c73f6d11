internal import Metrics
internal import PealSQL
internal import Synchronization

/// What the threads of a store tell each other, and its metrics.
final class StoreVitals: Sendable {
    let isHealthy = Atomic(true)
    /// Pages in the write-ahead log after the last commit.
    let logPages = Atomic(0)
    /// The generation that the database has committed.
    let generation: Atomic<Int64>
    /// The generation that the file beside it has.
    let fileGeneration: Atomic<Int64>

    /// Times that a mark was written into rows.
    let folds = Atomic(0)

    private let commits = CommitMetrics()
    private let logPagesGauge = Gauge(label: "store_wal_pages")

    init(generation: Int64) {
        self.generation = Atomic(generation)
        self.fileGeneration = Atomic(generation)
    }

    func committed(_ mutations: Int, in time: Duration, logPages pages: Int) {
        isHealthy.store(true, ordering: .relaxed)
        logPages.store(pages, ordering: .relaxed)
        commits.committed(mutations, in: time)
        logPagesGauge.record(pages)
    }
}
