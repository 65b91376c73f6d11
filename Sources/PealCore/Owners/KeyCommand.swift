/// What an owner does to the API keys of the store.
public enum KeyCommand: Sendable {
    /// - Throws: `notFound`; `conflict` where the key has been revoked.
    case change(id: String, KeyChange)
    /// Changes nothing where it has been revoked already.
    ///
    /// - isForced: whether it may be the last key with every right, without which only the server's machine can make another.
    /// - Throws: `notFound`; `conflict` for the last such key.
    case revoke(id: String, isForced: Bool)
    /// When keys were used last, by their ids. Unknown ids and older times change nothing.
    case used([String: Timestamp])
}

/// What is to be different about a key.
public struct KeyChange: Sendable {
    /// What becomes of the key's quota.
    public enum Quota: Sendable, Equatable {
        case unchanged
        /// Nil for none from now on.
        case to(KeyQuota?)
    }

    /// Nil to keep it.
    public var label: String?
    /// Kept where nothing is said.
    public var quota: Quota

    /// A change of nothing that is not named.
    public init(label: String? = nil, quota: Quota = .unchanged) {
        self.label = label
        self.quota = quota
    }
}

/// What a driver's transaction offers for ``KeyCommand``, besides ``InboxTransaction/addKey(_:)``.
public protocol KeyTransaction {
    /// Every key that was ever made.
    mutating func apiKeys() throws(StoreError) -> [APIKeyRecord]
}

extension APIKeyRecord {
    /// The scope that includes the others.
    public static let everything = "admin"

    /// Whether it is accepted and may do everything.
    fileprivate var opensEverything: Bool { revokedAt == nil && scopes.contains(Self.everything) }
}

extension MutationRunner {
    /// - Returns: the key as it is now; nil where the command is about several.
    func run(
        _ command: KeyCommand, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> APIKeyRecord? {
        switch command {
        case .change(let id, let change):
            var key = try Self.key(id, among: try transaction.apiKeys())
            guard key.revokedAt == nil else { throw StoreError(.conflict, "the key has been revoked") }
            if let label = change.label { key.label = label }
            if case .to(let quota) = change.quota { key.quota = quota }
            try transaction.addKey(key)
            return key
        case .revoke(let id, let isForced):
            let keys = try transaction.apiKeys()
            var key = try Self.key(id, among: keys)
            guard key.revokedAt == nil else { return key }
            guard isForced || !key.opensEverything || keys.contains(where: { $0.opensEverything && $0.id != id }) else {
                throw StoreError(.conflict, "it is the last key that may do everything")
            }
            key.revokedAt = transaction.now
            try transaction.addKey(key)
            return key
        case .used(let times):
            for var key in try transaction.apiKeys() {
                guard let time = times[key.id], key.lastUsedAt.map({ $0 < time }) ?? true else { continue }
                key.lastUsedAt = time
                try transaction.addKey(key)
            }
            return nil
        }
    }

    private static func key(_ id: String, among keys: [APIKeyRecord]) throws(StoreError) -> APIKeyRecord {
        guard let key = keys.first(where: { $0.id == id }) else { throw StoreError(.notFound, "no API key \(id)") }
        return key
    }
}
