import Synchronization

/// The bus of a node that is alone: a call.
public final class InProcessBus: Bus {
    private let receiver = Mutex<PublicationSink?>(nil)

    public init() {}

    public func start(_ receive: @escaping PublicationSink) {
        receiver.withLock { $0 = receive }
    }

    public func publish(_ batch: [Publication]) {
        receiver.withLock { $0 }?(batch)
    }

    public func join(_ user: UserID) {}

    public func leave(_ user: UserID) {}
}
