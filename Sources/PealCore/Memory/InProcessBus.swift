import Synchronization

/// The bus of a node that is alone: a call.
public final class InProcessBus: Bus {
    /// A closure that a generic `Mutex` holds as its own value is wrapped once more at each access; one in a field is not.
    private struct Receiver {
        var receive: PublicationSink?
    }

    private let receiver = Mutex(Receiver())

    /// A bus that nobody listens to yet.
    public init() {}

    /// A call cannot be lost.
    public var carriesEverything: Bool { true }

    public func start(_ receive: @escaping PublicationSink) {
        receiver.withLock { $0.receive = receive }
    }

    public func publish(_ batch: [Publication]) {
        receiver.withLock { $0.receive }?(batch)
    }

    public func join(_ user: UserID) {}

    public func leave(_ user: UserID) {}
}
