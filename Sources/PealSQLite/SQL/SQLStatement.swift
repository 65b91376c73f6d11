internal import GRDB
internal import GRDBSQLite
internal import PealCore

/// A prepared statement that is bound and read from left to right. It belongs to the thread of its connection.
///
/// GRDB prepares and owns it; binding and stepping go to SQLite directly, because a row of thirty columns passes here for
/// every notification. This is the only file of the driver that calls C for a row.
final class SQLStatement {
    private let owner: Statement
    private let handle: OpaquePointer
    private var parameter: Int32 = 0
    private var column: Int32 = -1
    private var status = SQLITE_OK

    init(_ owner: Statement) {
        self.owner = owner
        self.handle = owner.sqliteStatement
    }

    /// Runs a statement that gives no rows, and forgets what was bound.
    func run() throws(StoreError) {
        defer { reset() }
        guard try !next() else { throw StoreError(.internalFault, "a row where none was expected") }
    }

    /// Moves to the next row; false after the last. The caller resets the statement when it has seen enough.
    func next() throws(StoreError) -> Bool {
        column = -1
        if status == SQLITE_OK { status = sqlite3_step(handle) }
        let result = status
        status = SQLITE_OK
        switch result {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(result)
        }
    }

    func reset() {
        sqlite3_reset(handle)
        parameter = 0
        status = SQLITE_OK
    }

    private func failure(_ code: Int32) -> StoreError {
        let connection = sqlite3_db_handle(handle)
        let extended = connection.map(sqlite3_extended_errcode) ?? code
        let message = connection.flatMap(sqlite3_errmsg).map { String(cString: $0) } ?? "no message"
        return StoreError(sqliteCode: extended, message: message)
    }
}

// MARK: - Binding

extension SQLStatement {
    func bind(_ value: Int64) {
        parameter += 1
        note(sqlite3_bind_int64(handle, parameter, value))
    }

    func bind(_ value: Int) { bind(Int64(value)) }

    func bind(_ flag: Bool) { bind(flag ? 1 as Int64 : 0) }

    func bind(_ time: Timestamp) { bind(time.milliseconds) }

    func bind(_ time: Timestamp?) {
        if let time { bind(time.milliseconds) } else { bindNull() }
    }

    func bindNull() {
        parameter += 1
        note(sqlite3_bind_null(handle, parameter))
    }

    func bind(_ text: String) {
        var text = text
        text.withUTF8 { bind($0) }
    }

    private func bind(_ text: UnsafeBufferPointer<UInt8>) {
        parameter += 1
        // Without bytes there may be no address, and without an address SQLite would bind null.
        let address = text.isEmpty ? Self.empty.utf8Start : text.baseAddress ?? Self.empty.utf8Start
        let code = address.withMemoryRebound(to: CChar.self, capacity: text.count) {
            sqlite3_bind_text64(
                handle, parameter, $0, UInt64(text.count), Self.copying, UInt8(truncatingIfNeeded: SQLITE_UTF8))
        }
        note(code)
    }

    func bind(_ text: String?) {
        if let text { bind(text) } else { bindNull() }
    }

    func bind(_ bytes: [UInt8]) {
        parameter += 1
        note(
            bytes.withUnsafeBytes {
                let address = $0.isEmpty ? UnsafeRawPointer(Self.empty.utf8Start) : $0.baseAddress
                return sqlite3_bind_blob64(handle, parameter, address, UInt64($0.count), Self.copying)
            })
    }

    /// The 16 bytes of an id in network order, so that the order of bytes is the order of ids.
    func bind(_ id: NotificationID) {
        parameter += 1
        let words = (id.high.bigEndian, id.low.bigEndian)
        note(withUnsafeBytes(of: words) { sqlite3_bind_blob64(handle, parameter, $0.baseAddress, 16, Self.copying) })
    }

    private func note(_ code: Int32) {
        if code != SQLITE_OK { status = code }
    }

    /// Makes SQLite copy what is bound (`SQLITE_TRANSIENT`).
    private static var copying: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private static var empty: StaticString { "" }
}

// MARK: - Reading

extension SQLStatement {
    func integer() -> Int64 {
        column += 1
        return sqlite3_column_int64(handle, column)
    }

    func flag() -> Bool { integer() != 0 }

    func optionalInteger() -> Int64? {
        column += 1
        guard sqlite3_column_type(handle, column) != SQLITE_NULL else { return nil }
        return sqlite3_column_int64(handle, column)
    }

    func optionalText() -> String? {
        column += 1
        guard let bytes = sqlite3_column_text(handle, column) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func text() -> String { optionalText() ?? "" }

    func bytes() -> [UInt8] {
        column += 1
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func id() -> NotificationID {
        column += 1
        guard let bytes = sqlite3_column_blob(handle, column), sqlite3_column_bytes(handle, column) == 16 else {
            return NotificationID(high: 0, low: 0)
        }
        return NotificationID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// Looks at a column of the present row out of turn.
    func integer(at column: Int) -> Int64 {
        sqlite3_column_int64(handle, Int32(column))
    }

    /// Whether a text column of the present row has exactly these bytes.
    func text(at column: Int, equals other: String) -> Bool {
        guard let bytes = sqlite3_column_text(handle, Int32(column)) else { return false }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return other.utf8.elementsEqual(UnsafeBufferPointer(start: bytes, count: count))
    }
}
