/// What a driver's transaction offers for ``PreferenceCommand``, and for each event that is to be delivered: for those it keeps
/// at hand who has said nothing.
public protocol PreferenceTransaction {
    /// Nil for a user who has said nothing.
    mutating func preferences(of user: UserID) throws(StoreError) -> Preferences?
    /// Nil to forget them.
    mutating func setPreferences(_ preferences: Preferences?, of user: UserID) throws(StoreError)

    /// Whether it still holds or not.
    mutating func mute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) -> Mute?
    /// All of them, in any order.
    mutating func mutes(of user: UserID) throws(StoreError) -> [Mute]
    /// Replaces a mute of the same subject.
    mutating func setMute(_ mute: Mute, of user: UserID) throws(StoreError)
    mutating func removeMute(_ subject: Mute.Subject, of user: UserID) throws(StoreError)
}

/// What a store answers about preferences, besides deciding by them.
public protocol PreferenceReads: Sendable {
    /// Nil for a user who has said nothing.
    func preferences(of user: UserID) async throws(StoreError) -> Preferences?

    /// Those that hold and those that are over, the newest first, at most ``Mute/limit`` that hold.
    func mutes(of user: UserID) async throws(StoreError) -> [Mute]
}

extension Mute {
    /// Whether a list shows this one before the other: the newer first, then by what it is about.
    public func precedes(_ other: Mute) -> Bool {
        guard createdAt == other.createdAt else { return createdAt > other.createdAt }
        return subject.name.utf8.lexicographicallyPrecedes(other.subject.name.utf8)
    }
}

extension Mute.Subject {
    /// A name that no two subjects share.
    fileprivate var name: String {
        switch self {
        case .actor(let id): "a" + id
        case .target(let target): "t\(target.type.utf8.count):\(target.type)\(target.id ?? "")"
        }
    }
}
