import Foundation
import PealCore
import PealPipeline
import PealSQL
import Testing

@testable import PealSQLite

#if PostgreSQL
    @testable import PealPostgres
#endif

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

    /// Every value of every table that holds this text, as `table.column: value`; none for the store in memory.
    func places(of text: String) throws -> [String] {
        #if PostgreSQL
            if driver == .postgres { return try postgresPlaces(of: text) }
        #endif
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

#if PostgreSQL
    extension TestStore {
        private func postgresPlaces(of text: String) throws -> [String] {
            var options = PostgresStoreOptions(url: try PostgresServer.url())
            options.schema = schema
            let connection = try PGLink(options, history: nil).connected()
            let columns = try connection.query(
                PGStatement(
                    "SELECT table_name::text, column_name::text FROM information_schema.columns "
                        + "WHERE table_schema = '\(schema)' AND table_name NOT SIMILAR TO '%[0-9]'"))
            var places: [String] = []
            while columns.next() {
                let (table, column) = (columns.text(), columns.text())
                var parameters = PGParameters()
                parameters.bind(text)
                let values = try connection.query(
                    PGStatement("SELECT \(column)::text FROM \(table) WHERE strpos(\(column)::text, $1) > 0"),
                    parameters)
                while values.next() { places.append("\(table).\(column): \(values.text())") }
            }
            return places
        }
    }
#endif

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
