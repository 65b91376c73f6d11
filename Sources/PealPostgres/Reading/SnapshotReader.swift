#if PostgreSQL
    internal import PealCore
    internal import PealSQL

    /// Takes how many rows a list had to step over that nothing but a mark has read, and the number of their inbox.
    typealias UnfoldedSink = @Sendable (_ count: Int, _ inbox: Int64) -> Void

    /// One thread's connection for reading. Everything that it is asked within ``snapshot(_:)`` is answered from one state.
    final class SnapshotReader: SnapshotReading {
        private let link: PGLink
        private var connection: PGConnection?
        private var failure: PGFailure?
        let noteUnfolded: UnfoldedSink

        private static let begin = PGStatement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        private static let commit = PGStatement("COMMIT")
        private static let rollback = PGStatement("ROLLBACK")

        init(_ options: PostgresStoreOptions, history: DatabaseHistory, noteUnfolded: @escaping UnfoldedSink) {
            link = PGLink(options, history: history)
            self.noteUnfolded = noteUnfolded
        }

        func snapshot<Value>(
            _ body: (any SnapshotReading) throws(StoreError) -> Value
        ) -> Result<Value, StoreError> {
            let result = attempt(body)
            // The server was restarted since the last read: what has read nothing yet may be asked again.
            guard case .failure = result, failure?.kind == .connection else { return result }
            link.drop()
            return attempt(body)
        }

        private func attempt<Value>(
            _ body: (any SnapshotReading) throws(StoreError) -> Value
        ) -> Result<Value, StoreError> {
            failure = nil
            defer { connection = nil }
            do throws(PGFailure) {
                let connection = try link.connected()
                self.connection = connection
                try connection.send(Self.begin)
            } catch {
                failure = error
                return .failure(error.storeError)
            }
            do throws(StoreError) {
                let value = try body(self)
                try translating { connection throws(PGFailure) in
                    try connection.send(Self.commit)
                    try connection.flush()
                }
                return .success(value)
            } catch {
                if failure == nil { leave() }
                if failure?.kind == .fault || failure?.kind == .conflict { leave() }
                return .failure(error)
            }
        }

        private func leave() {
            do throws(PGFailure) {
                _ = try connection?.query(Self.rollback)
            } catch {
                link.drop()
            }
        }

        func query(_ statement: PGStatement, _ parameters: PGParameters) throws(StoreError) -> PGRows {
            try translating { connection throws(PGFailure) in try connection.query(statement, parameters) }
        }

        /// Several statements in one round trip.
        func queries(_ statements: [(PGStatement, PGParameters)]) throws(StoreError) -> [PGRows] {
            try translating { connection throws(PGFailure) in
                for (statement, parameters) in statements { try connection.ask(statement, parameters) }
                return try connection.finish()
            }
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

    extension PGParameters {
        init(_ user: UserID) { bind(user) }

        init(_ id: NotificationID) { bind(id) }

        init(inbox: Int64) { bind(inbox) }
    }
#endif
