public import Logging

/// How a ``SQLiteStore`` uses its machine. The defaults are measured; see `docs/benchmarks.md`.
public struct SQLiteStoreOptions: Sendable {
    /// Threads and connections that read.
    public var readers = 2
    /// Inbox changes in one transaction at most.
    public var batchLimit = 1000
    /// Bytes of events in one transaction at most.
    public var batchByteLimit = 4 << 20
    /// How long events may fill a transaction while commands of users wait for its commit.
    public var batchTime: Duration = .milliseconds(5)
    /// Bytes of events that may wait; further ones are refused as `unavailable`.
    public var queueByteLimit = 64 << 20
    /// Commands of sessions that may wait; further ones are refused.
    public var queuedCommandLimit = 100_000
    /// Users whose counters and profiles are kept in memory.
    public var cachedUsers = 50_000
    /// Rows in the way of one list that only a mark has read, after which the mark is written into them. So many are worth a
    /// write.
    public var foldLimit = 128
    /// Pages of 4 KiB in the write-ahead log after which it is copied into the database.
    public var checkpointPages = 16_384
    /// How long a commit waits for another process that holds the database, before it fails as `unavailable`.
    public var busyTimeout: Duration = .seconds(5)
    /// How often, while there are commits, the database is told apart from a copy of itself (RULES 5).
    public var generationInterval: Duration = .seconds(5)
    public var logger = Logger(label: "peal.store")

    public init() {}
}
