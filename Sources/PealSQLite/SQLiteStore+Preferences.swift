public import PealCore

extension SQLiteStore {
    public func preferences(of user: UserID) async throws(StoreError) -> Preferences? {
        try await readers.read { reader throws(StoreError) in try reader.preferences(of: user) }
    }

    public func mutes(of user: UserID) async throws(StoreError) -> [Mute] {
        try await readers.read { reader throws(StoreError) in try reader.mutes(of: user) }
    }
}
