import Foundation
import PealCore
import PealPipeline
import Testing

@testable import PealSQLite

extension TestStore {
    /// Erases to the end.
    @discardableResult
    func erase(_ user: UserID) async throws -> Erasure {
        let report = try await Eraser(store: store, patience: .seconds(60)).erase(user)
        #expect(report.isDone)
        return report.erasure
    }

    /// Carries out one step.
    func erase(_ command: ErasureCommand) async throws -> (erasure: Erasure, changed: Int) {
        guard case .erasure(let erasure, let changed) = try await write(.erase(command)) else {
            throw UnexpectedAnswer()
        }
        return (erasure, changed)
    }

    /// Every value of every table that holds this text, as `table.column: value`; for SQLite alone.
    func places(of text: String) throws -> [String] {
        guard driver == .sqlite else { return [] }
        let connection = try SQLConnection(path: directory.path + "/peal.db", role: .reader)
        defer { connection.close() }
        var places: [String] = []
        for table in try connection.texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
            for column in try connection.texts("SELECT name FROM pragma_table_info('\(table)')") {
                for value in try connection.texts("SELECT CAST(\"\(column)\" AS TEXT) FROM \(table)")
                where value.contains(text) {
                    places.append("\(table).\(column): \(value)")
                }
            }
        }
        return places
    }

    /// Whether the files of a closed store hold this text, in a free page too.
    func filesHold(_ text: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).contains { name in
            let data = try Data(contentsOf: directory.appending(path: name))
            return data.range(of: Data(text.utf8)) != nil
        }
    }
}

extension SQLConnection {
    /// The first column of every row.
    fileprivate func texts(_ sql: String) throws(StoreError) -> [String] {
        let statement = try prepare(sql)
        defer { statement.reset() }
        var texts: [String] = []
        while try statement.next() { texts.append(statement.optionalText() ?? "") }
        return texts
    }
}
