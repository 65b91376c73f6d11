/// A secret that a store keeps, so that all nodes have the same one and restarts change nothing: for what Peal signs for
/// itself, such as unsubscribe links (RULES 22).
public struct StoreSecret: Sendable, Equatable {
    /// What it is for.
    public var name: String
    /// Random bytes.
    public var bytes: [UInt8]

    /// A secret for one purpose.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// What a driver's transaction offers for ``StoreSecret``.
public protocol SecretTransaction {
    mutating func secret(_ name: String) throws(StoreError) -> StoreSecret?
    mutating func addSecret(_ secret: StoreSecret) throws(StoreError)
}

extension MutationRunner {
    /// - Returns: the one that is kept from now on.
    func keep(
        _ candidate: StoreSecret, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> StoreSecret {
        if let kept = try transaction.secret(candidate.name) { return kept }
        try transaction.addSecret(candidate)
        return candidate
    }
}

extension Store {
    /// The secret of that name: the one that is there, else this one from now on.
    public func keep(_ candidate: StoreSecret) async throws(StoreError) -> StoreSecret {
        switch await write([.secret(candidate)]).first {
        case .success(.secret(let kept)): return kept
        case .failure(let error): throw error
        default: throw StoreError(.internalFault, "a secret was answered with something else")
        }
    }
}

extension MemoryState: SecretTransaction {
    mutating func secret(_ name: String) throws(StoreError) -> StoreSecret? { secrets[name] }

    mutating func addSecret(_ secret: StoreSecret) throws(StoreError) { secrets[secret.name] = secret }
}
