#if PostgreSQL
    internal import PealCore

    /// What the database knows about itself.
    struct MetaTable {
        private let connection: PGConnection

        init(_ connection: PGConnection) {
            self.connection = connection
        }

        private static let lock = PGStatement("SELECT pg_advisory_xact_lock(1885692269)")
        private static let select = PGStatement("SELECT value FROM meta WHERE key = $1")
        private static let write = PGStatement(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")

        /// The epoch of this life of the database; a new one where it has been restored or failed over since (RULES 5).
        func epoch(of history: DatabaseHistory) throws(PGFailure) -> StoreEpoch {
            try connection.send(PGStatement("BEGIN"))
            try connection.send(Self.lock)
            let known = try storedEpoch(of: history)
            let epoch = known ?? StoreEpoch.random()
            if known == nil {
                try set("history", history.description)
                try set("epoch_high", String(epoch.high))
                try set("epoch_low", String(epoch.low))
            }
            try connection.send(PGStatement("COMMIT"))
            _ = try connection.finish()
            return epoch
        }

        private func storedEpoch(of history: DatabaseHistory) throws(PGFailure) -> StoreEpoch? {
            guard try value(of: "history") == history.description else { return nil }
            guard let high = UInt64(try value(of: "epoch_high")), let low = UInt64(try value(of: "epoch_low")) else {
                return nil
            }
            return StoreEpoch(high: high, low: low)
        }

        /// Empty where there is none.
        private func value(of key: String) throws(PGFailure) -> String {
            var parameters = PGParameters()
            parameters.bind(key)
            return try connection.query(Self.select, parameters).texts().first ?? ""
        }

        private func set(_ key: String, _ value: String) throws(PGFailure) {
            var parameters = PGParameters()
            parameters.bind(key)
            parameters.bind(value)
            try connection.send(Self.write, parameters)
        }
    }
#endif
