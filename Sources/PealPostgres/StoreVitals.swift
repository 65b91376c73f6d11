#if PostgreSQL
    internal import PealSQL
    internal import Synchronization

    /// What the threads of a store tell each other, and its metrics.
    final class StoreVitals: Sendable {
        let isHealthy = Atomic(true)
        /// Times that a mark was written into rows.
        let folds = Atomic(0)
        private let commits = CommitMetrics()

        func committed(_ mutations: Int, in time: Duration) {
            isHealthy.store(true, ordering: .relaxed)
            commits.committed(mutations, in: time)
        }
    }
#endif
