#if PostgreSQL
    internal import PealCore

    /// The writer's connection as its tables use it: a failure of PostgreSQL reaches the runner as a ``StoreError`` and is kept for
    /// the writer, which alone knows what to do about it.
    final class WriteSession {
        private var connection: PGConnection?
        /// Why the transaction under way cannot go on.
        private(set) var failure: PGFailure?
        /// Sends what tables have kept back, before a query that has to see it.
        var flush: () throws(StoreError) -> Void = { () throws(StoreError) in }

        func forget() {
            connection = nil
            failure = nil
        }

        func begin(on connection: PGConnection) {
            self.connection = connection
            failure = nil
        }

        /// Sends a statement without waiting for it.
        func send(_ statement: PGStatement, _ parameters: PGParameters) throws(StoreError) {
            try translating { connection throws(PGFailure) in try connection.send(statement, parameters) }
        }

        /// Sends what was kept back, then a statement, and waits for its rows.
        func query(_ statement: PGStatement, _ parameters: PGParameters) throws(StoreError) -> PGRows {
            try flush()
            return try translating { connection throws(PGFailure) in try connection.query(statement, parameters) }
        }

        /// Sends a statement whose rows ``answers()`` will return.
        func ask(_ statement: PGStatement, _ parameters: PGParameters) throws(StoreError) {
            try translating { connection throws(PGFailure) in try connection.ask(statement, parameters) }
        }

        func answers() throws(StoreError) -> [PGRows] {
            try translating { connection throws(PGFailure) in try connection.finish() }
        }

        private func translating<Value>(
            _ body: (PGConnection) throws(PGFailure) -> Value
        ) throws(StoreError) -> Value {
            guard let connection else { throw StoreError(.unavailable, "no connection to PostgreSQL") }
            do throws(PGFailure) {
                return try body(connection)
            } catch {
                failure = failure ?? error
                throw error.storeError
            }
        }
    }
#endif
