public import PealCore
import Synchronization

/// The keys that are accepted now: those of the store, and those of `auth.api-keys`.
public final class APIKeyring: Sendable {
    private let configured: [[UInt8]: APIKeyRecord]
    private let stored: Mutex<[[UInt8]: APIKeyRecord]>
    let uses = Mutex(KeyUses())

    /// - Parameter plainKeys: keys of the configuration, for bootstrapping; they have every scope.
    public init(records: [APIKeyRecord] = [], plainKeys: [String] = []) {
        configured = Self.index(plainKeys.map(APIKeyRecord.init(configured:)))
        stored = Mutex(Self.index(records))
    }

    /// Takes over what the store has; call it again when a key was added or revoked.
    public func load(from store: any Store) async throws(StoreError) {
        replace(with: try await store.keys())
    }

    /// Takes the place of all records; keys of the configuration stay.
    public func replace(with records: [APIKeyRecord]) {
        let index = Self.index(records)
        stored.withLock { $0 = index }
    }

    /// The record of a key; nil where it is unknown or revoked.
    ///
    /// Found by digest, so that the time it takes says nothing about keys that exist.
    public func lookup(_ plain: String) -> APIKeyRecord? {
        let digest = APIKey.digest(of: plain)
        guard let record = configured[digest] ?? stored.withLock({ $0[digest] }), record.revokedAt == nil,
            Self.isEqual(record.digest, digest)
        else { return nil }
        return record
    }

    /// Keys of the configuration, in the order of their ids. They are not in the store and cannot be changed there.
    public var configuredKeys: [APIKeyRecord] { configured.values.sorted { $0.id < $1.id } }

    /// Whether a key with this id is one of the configuration.
    public func isConfigured(_ id: String) -> Bool { configured.values.contains { $0.id == id } }

    /// Whether any key is accepted; without one nobody can create notifications.
    public var isEmpty: Bool {
        configured.isEmpty && stored.withLock { $0.values.allSatisfy { $0.revokedAt != nil } }
    }

    private static func index(_ records: [APIKeyRecord]) -> [[UInt8]: APIKeyRecord] {
        Dictionary(records.map { ($0.digest, $0) }, uniquingKeysWith: { $0.revokedAt == nil ? $1 : $0 })
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension APIKeyRecord {
    /// Named by its digest, so that idempotency keys survive a restart.
    fileprivate init(configured plain: String) {
        let digest = APIKey.digest(of: plain)
        self.init(
            id: "cfg_" + Base64URL.encode(digest.prefix(6)), digest: digest, label: "auth.api-keys",
            scopes: [Scope.admin.rawValue], createdAt: Timestamp(milliseconds: 0))
    }
}
