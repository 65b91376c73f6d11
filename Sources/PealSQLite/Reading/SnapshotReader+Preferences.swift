internal import PealCore

/// The queries of ``PreferenceReads``.
final class PreferenceStatements {
    let document: SQLStatement
    let mutes: MuteQueries

    init(_ connection: SQLConnection) throws(StoreError) {
        document = try connection.prepare("SELECT document FROM preferences WHERE user = ?")
        mutes = try MuteQueries(connection)
    }
}

extension SnapshotReader {
    func preferences(of user: UserID) throws(StoreError) -> Preferences? {
        let statement = preferences.document
        defer { statement.reset() }
        statement.bind(user.rawValue)
        return try statement.next() ? Preferences(document: statement.text()) : nil
    }

    func mutes(of user: UserID) throws(StoreError) -> [Mute] {
        try preferences.mutes.all(of: user).sorted { $0.precedes($1) }
    }
}
