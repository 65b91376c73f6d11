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

    /// The first session of this user is here: publications for them are wanted.
    func join(_ user: UserID)

    /// The last session of this user has gone.
    func leave(_ user: UserID)
}

extension Bus {
    /// Unless a bus says otherwise, it may lose publications.
    public var carriesEverything: Bool { false }
}
