/// Carries publications from the node that committed them to the nodes where the users are.
///
/// A bus may lose and may repeat. It keeps the order of one publisher's messages.
public protocol Bus: Sendable {
    /// Whether every change of the store comes to this node, in the order of commits, before whoever made it is answered: the
    /// store has no other writer, and nothing can be lost on the way. Then this node knows every head that it ever knew.
    var carriesEverything: Bool { get }

    /// Must return at once: it is called by the thread that commits.
    func publish(_ batch: [Publication])

    /// Names the one receiver of this node. Called once, before the first publication.
    func start(_ receive: @escaping PublicationSink)

    /// Names who looks in the store for what may have been lost on the way to this node. Called once, before the first
    /// publication.
    func watch(_ missed: @escaping @Sendable (MissedChanges) -> Void)

    /// Whether what other nodes publish arrives here now, as far as is known.
    var isConnected: Bool { get }

    /// The first session of this user is here: publications for them are wanted.
    func join(_ user: UserID)

    /// The last session of this user has gone.
    func leave(_ user: UserID)
}

extension Bus {
    /// Unless a bus says otherwise, it may lose publications.
    public var carriesEverything: Bool { false }

    /// Nothing is lost, unless a bus says otherwise.
    public func watch(_ missed: @escaping @Sendable (MissedChanges) -> Void) {}

    /// Always, unless a bus says otherwise.
    public var isConnected: Bool { true }
}

/// Whose changes a bus may not have carried to this node.
public enum MissedChanges: Sendable {
    /// Of these: they came only now, and a change may have been made between the first read and that.
    case of([UserID])
    /// Of anybody: the bus was away.
    case ofAnybody
}
