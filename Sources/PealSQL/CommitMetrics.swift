internal import Metrics

/// What every store tells about its commits.
package final class CommitMetrics: Sendable {
    private let commitTime = Metrics.Timer(label: "store_commit_seconds")
    private let batchSize = Recorder(label: "store_batch_size")

    /// Under the names that all stores share.
    package init() {}

    /// Counts one commit in.
    package func committed(_ mutations: Int, in time: Duration) {
        commitTime.recordNanoseconds(Int64(time / .nanoseconds(1)))
        batchSize.record(mutations)
    }
}
