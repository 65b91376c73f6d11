/// That tokens are not to be believed any more: all of a user up to a moment, or one of them (RULES 45).
public struct Revocation: Sendable, Equatable {
    /// Which of the user's tokens are refused.
    public enum Extent: Sendable, Equatable {
        /// Every token that was issued before, and every one that does not say when.
        case issuedBefore(Timestamp)
        /// The token with this id (`jti`), until it ends anyway; nil where nobody knows when that is.
        case token(id: String, endsAt: Timestamp?)
    }

    /// Grows with each revocation of a store, so that a node can ask for those that it has not seen.
    public var number: Int64
    /// Whose tokens they are.
    public var user: UserID
    /// Which of them.
    public var extent: Extent

    /// A revocation under the number that its store gave it.
    public init(number: Int64, user: UserID, extent: Extent) {
        self.number = number
        self.user = user
        self.extent = extent
    }
}

/// Where revocations are kept and where other nodes learn of them.
///
/// A token that ended more than an hour ago may be forgotten. A later revocation of the same user, or of the same token, takes the place of the earlier one, under a new number.
public protocol RevocationLog: Sendable {
    /// Durable before it returns.
    func revoke(_ user: UserID, _ extent: Revocation.Extent) async throws(StoreError) -> Revocation

    /// Those after a number, in order of their numbers. A revocation must not become visible before one with a smaller
    /// number: whoever polls would pass over it.
    func revocations(after number: Int64, limit: Int) async throws(StoreError) -> [Revocation]
}

extension Store {
    /// Writes a revocation alone, and answers with its number.
    public func revoke(_ user: UserID, _ extent: Revocation.Extent) async throws(StoreError) -> Revocation {
        switch await write([.revoke(user, extent)]).first {
        case .success(.revoked(let revocation)): return revocation
        case .failure(let error): throw error
        default: throw StoreError(.internalFault, "a revocation was answered with something else")
        }
    }
}
