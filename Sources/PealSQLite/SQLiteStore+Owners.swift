public import PealCore

extension SQLiteStore {
    public func counts(of user: UserID, type: String?) async throws(StoreError) -> InboxCounts {
        try await readers.read { reader throws(StoreError) in try reader.counts(of: user, type: type) }
    }

    public func erasures() async throws(StoreError) -> [Erasure] {
        try await readers.read { reader throws(StoreError) in try reader.erasures() }
    }

    public func traces(of erasure: Erasure, limit: Int) async throws(StoreError) -> ErasureTraces {
        try await readers.read { reader throws(StoreError) in try reader.traces(of: erasure, limit: limit) }
    }
}
