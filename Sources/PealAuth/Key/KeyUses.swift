public import PealCore
import Synchronization

/// When keys were used last: in memory at once, in the store from time to time, because a write for every request would cost as
/// much as the request.
struct KeyUses: Sendable {
    private(set) var lastUses: [String: Timestamp] = [:]
    /// Keys whose last use the store does not know yet.
    private var unsaved: Set<String> = []

    mutating func note(_ id: String, at now: Timestamp) {
        guard lastUses[id].map({ $0 < now }) ?? true else { return }
        lastUses[id] = now
        unsaved.insert(id)
    }

    mutating func takeUnsaved() -> [String: Timestamp] {
        defer { unsaved = [] }
        return lastUses.filter { unsaved.contains($0.key) }
    }

    /// The store did not take them.
    mutating func putBack(_ uses: [String: Timestamp]) { unsaved.formUnion(uses.keys) }
}

extension APIKeyring {
    /// Notes that a key has just been accepted.
    public func noteUse(of key: APIKeyRecord, at now: Timestamp) {
        uses.withLock { $0.note(key.id, at: now) }
    }

    /// The last use that this node or the store knows of; nil where there was none.
    public func lastUse(of key: APIKeyRecord) -> Timestamp? {
        let here = uses.withLock { $0.lastUses[key.id] }
        guard let stored = key.lastUsedAt else { return here }
        return here.map { max($0, stored) } ?? stored
    }

    /// Writes last uses that the store does not know: one write for all keys, none where no key was used. Meant to be called
    /// about once a minute.
    public func saveUses(to store: any Store) async throws(StoreError) {
        let taken = uses.withLock { $0.takeUnsaved() }
        guard !taken.isEmpty else { return }
        guard case .failure(let error)? = await store.write([.key(.used(taken))]).first else { return }
        uses.withLock { $0.putBack(taken) }
        throw error
    }
}
