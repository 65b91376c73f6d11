#if PostgreSQL
    internal import Logging
    internal import PealCore
    internal import Synchronization

    /// One thread's connection, set up as the store needs it and made anew where it was lost.
    final class PGLink {
        private let options: PostgresStoreOptions
        private let history: DatabaseHistory?
        private var connection: PGConnection?

        /// - Parameter history: of which the database must be; nil for whoever finds that out.
        init(_ options: PostgresStoreOptions, history: DatabaseHistory?) {
            self.options = options
            self.history = history
        }

        /// The connection, which is made where there is none. Waits for it.
        func connected() throws(PGFailure) -> PGConnection {
            if let connection, !connection.isBroken { return connection }
            connection = nil
            let new = try PGConnection(options.address, patience: options.patience)
            for sql in setUp { try new.send(PGStatement(sql)) }
            let encoding = try new.query(Self.encoding)
            guard encoding.next(), encoding.text() == "UTF8" else {
                throw PGFailure(.fault, "the database's encoding must be UTF8")
            }
            if let history {
                let present = try DatabaseHistory(new)
                guard present == history else {
                    throw PGFailure(
                        .unavailable,
                        "the database is another one now (\(present), before \(history)): Peal must be started again")
                }
            }
            connection = new
            return new
        }

        func drop() {
            connection = nil
        }

        private static let encoding = PGStatement("SELECT current_setting('server_encoding')")

        /// Commits are durable before they are answered (RULES 13). Each statement reads by an index, also before the planner knows
        /// how large a table is. A node that was stopped does not hold its locks for ever.
        private var setUp: [String] {
            [
                "SET search_path TO \(options.schema)", "SET synchronous_commit TO on", "SET jit TO off",
                "SET plan_cache_mode TO force_generic_plan", "SET enable_seqscan TO off", "SET enable_hashjoin TO off",
                "SET enable_mergejoin TO off", "SET enable_bitmapscan TO off",
                "SET lock_timeout TO \(options.lockPatience.wholeMilliseconds)",
                "SET idle_in_transaction_session_timeout TO \(options.patience.wholeMilliseconds)",
            ]
        }
    }

    /// Which life of which database it is: a copy, a restored backup and a promoted replica have another (RULES 5).
    struct DatabaseHistory: Sendable, Equatable, CustomStringConvertible {
        var system: Int64
        /// Eight hexadecimal digits.
        var timeline: String

        private static let query = PGStatement(
            "SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) FROM pg_control_system()")

        init(_ connection: PGConnection) throws(PGFailure) {
            let rows = try connection.query(Self.query)
            guard rows.next() else { throw PGFailure(.fault, "the database does not say which it is") }
            system = rows.integer()
            timeline = rows.text()
        }

        var description: String { "\(system)/\(timeline)" }
    }
#endif
