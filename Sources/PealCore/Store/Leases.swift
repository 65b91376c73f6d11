/// Work that exactly one of several nodes does; another takes over when it is gone.
public enum SharedWork: String, Sendable, CaseIterable {
    /// Storing what other programs publish for that (RULES 25).
    case foreign
    /// Comparing counts with rows (RULES 20).
    case audit
    /// Removing what is too old.
    case retention
}

/// Says whose turn it is. A node that was stopped for longer than its lease lasts knows that it has lost it.
public protocol Leases: Sendable {
    /// Whether this node is the one, now. Returns at once.
    func isHeld(_ work: SharedWork) -> Bool
}

/// The leases of a node that is alone.
public struct SoleNode: Leases {
    /// It has all of them.
    public init() {}

    /// Always: there is no other.
    public func isHeld(_ work: SharedWork) -> Bool { true }
}
