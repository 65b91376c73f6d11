#if PostgreSQL
    public import Logging

    /// How a ``PostgresStore`` uses its database. The defaults are measured; see `docs/benchmarks.md`.
    public struct PostgresStoreOptions: Sendable {
        /// Where the tables are: a schema of their own, so that Peal may share a database. A plain lower-case name.
        public var schema = "peal"
        /// Tables that grow with users are this many by the hash of the user. Fixed when they are made.
        public var partitions = 8
        /// Connections that write. A user's changes always take the same one.
        public var writers = 2
        /// Connections that read.
        public var readers = 2
        /// Inbox changes in one transaction at most.
        public var batchLimit = 256
        /// Bytes of events in one transaction at most.
        public var batchByteLimit = 4 << 20
        /// Bytes of events that may wait for one writer; further ones are refused as `unavailable`.
        public var queueByteLimit = 64 << 20
        /// Commands of sessions that may wait for one writer; further ones are refused.
        public var queuedCommandLimit = 100_000
        /// Rows in the way of one list that only a mark has read, after which the mark is written into them.
        public var foldLimit = 128
        /// Users of whom is remembered that they have an inbox.
        public var knownUsers = 200_000
        /// How long the server may be silent while something is waited for; then the connection is given up.
        public var patience: Duration = .seconds(30)
        /// How long a lock is waited for, before the transaction is given up and done again.
        public var lockPatience: Duration = .seconds(10)
        /// How long a write goes on looking for a server that is lost, before it fails as `unavailable`.
        public var reconnectTime: Duration = .seconds(10)
        public var logger = Logger(label: "peal.store")

        var address: PGAddress

        /// - Parameter url: a `postgresql://` URI or a connection string of libpq, several hosts too.
        public init(url: String) {
            address = PGAddress(url)
        }

        /// Why libpq cannot read the address; nil where it can. Contains no password.
        public var refusal: String? { address.refusal }
    }
#endif
