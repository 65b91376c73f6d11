internal import GRDB
internal import GRDBSQLite
internal import PealCore

extension StoreError {
    /// What SQLite reports of the disk or of a lock may pass: `unavailable`. The rest is a fault.
    init(sqliteCode code: Int32, message: String, file: String = #fileID, line: Int = #line) {
        let passes =
            switch code & 0xFF {
            case SQLITE_FULL, SQLITE_IOERR, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_NOMEM:
                true
            default: false
            }
        self.init(passes ? .unavailable : .internalFault, "SQLite \(code): \(message)", file: file, line: line)
    }

    static func translating<Value>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError {
            throw StoreError(sqliteCode: error.extendedResultCode.rawValue, message: error.message ?? "no message")
        } catch {
            throw StoreError(.internalFault, "\(error)")
        }
    }
}
