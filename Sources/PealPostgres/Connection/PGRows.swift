#if PostgreSQL
    internal import CLibPQ
    internal import PealCore

    /// The rows that a statement gave, read one after another and each from left to right.
    final class PGRows {
        private let result: OpaquePointer
        private let count: Int32
        private var row: Int32 = -1
        private var column: Int32 = -1

        /// Takes the result over.
        init(_ result: OpaquePointer) {
            self.result = result
            count = PQntuples(result)
        }

        deinit { PQclear(result) }

        var isEmpty: Bool { count == 0 }

        /// Moves to the next row; false after the last.
        // Inlined, it makes the optimiser of Swift 6.3.1 fail in loops over rows ("Found ownership error").
        @inline(never) func next() -> Bool {
            guard row + 1 < count else { return false }
            row += 1
            column = -1
            return true
        }

        /// Whether the next column holds something; it is not passed over.
        var isPresent: Bool { PQgetisnull(result, row, column + 1) == 0 }

        /// How many rows a statement without rows has changed.
        var changes: Int {
            guard let text = PQcmdTuples(result) else { return 0 }
            return Int(String(cString: text)) ?? 0
        }

        func integer() -> Int64 { optionalInteger() ?? 0 }

        func flag() -> Bool {
            guard let bytes = value(), let first = bytes.first else { return false }
            return first != 0
        }

        func optionalInteger() -> Int64? {
            guard let bytes = value() else { return nil }
            guard bytes.count == 8 else { return bytes.reduce(0) { $0 << 8 | Int64($1) } }
            return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        }

        func time() -> Timestamp { Timestamp(milliseconds: integer()) }

        func optionalTime() -> Timestamp? { optionalInteger().map(Timestamp.init(milliseconds:)) }

        func optionalText() -> String? {
            guard let bytes = value() else { return nil }
            return StoredText.decode(bytes)
        }

        func text() -> String { optionalText() ?? "" }

        func user() -> UserID { UserID(trusted: text()) }

        func bytes() -> [UInt8] { value().map(Array.init) ?? [] }

        func id() -> NotificationID { optionalID() ?? NotificationID(high: 0, low: 0) }

        func optionalID() -> NotificationID? {
            guard let bytes = value(), bytes.count == 16 else { return nil }
            return NotificationID(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }

        /// Nil for null.
        private func value() -> UnsafeRawBufferPointer? {
            column += 1
            guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return nil }
            return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        }
    }
#endif
