#if PostgreSQL
    internal import Synchronization

    /// A statement of the driver. Each connection prepares it when it first uses it.
    final class PGStatement: Sendable {
        let sql: String
        /// Unique among the statements of the process; part of the name that the server knows.
        let number: Int

        private static let count = Atomic(0)

        init(_ sql: String) {
            self.sql = sql
            number = Self.count.add(1, ordering: .relaxed).newValue
        }
    }
#endif
