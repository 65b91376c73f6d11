public import Logging
import Metrics
public import PealCore
import Synchronization

/// Takes what foreign programs publish, and never makes the connection wait: messages to pass on go at once, events to store
/// queue up to a bound.
public final class ForeignIntake: Sendable {
    /// Events that wait to be stored; beyond it they are refused.
    static let queueLimit = 4096
    private static let batchLimit = 256

    private let byteLimit: Int
    private let pass: @Sendable (PassedMessage) -> Void
    private let stores: @Sendable () -> Bool
    private let pipeline: Pipeline
    private let logger: Logger
    private let waiting = Mutex<[EventRequest]>([])
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let consumed = Counter(label: "redis_events_consumed_total", dimensions: [("source", "foreign")])
    private let refused = Dictionary(
        uniqueKeysWithValues: ForeignRefusal.Reason.allCases.map { reason in
            (reason, Counter(label: "foreign_messages_refused_total", dimensions: [("reason", reason.rawValue)]))
        })

    /// - Parameters:
    ///   - stores: whether this node is the one that stores events; all nodes hear of them. Must return at once.
    ///   - pass: hands a message to the user's sessions; must return at once.
    public init(
        pipeline: Pipeline, byteLimit: Int, logger: Logger, stores: @escaping @Sendable () -> Bool = { true },
        pass: @escaping @Sendable (PassedMessage) -> Void
    ) {
        self.pipeline = pipeline
        self.byteLimit = byteLimit
        self.logger = logger
        self.stores = stores
        self.pass = pass
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns at once; for an event loop.
    public func receive(channel: String, payload: [UInt8]) {
        consumed.increment()
        do throws(ForeignRefusal) {
            switch try ForeignMessage(channel: channel, payload: payload, byteLimit: byteLimit) {
            case .pass(let message): pass(message)
            case .store(let event): if stores() { try enqueue(event) }
            }
        } catch {
            refuse(error)
        }
    }

    private func enqueue(_ event: EventRequest) throws(ForeignRefusal) {
        let hasRoom = waiting.withLock { waiting in
            guard waiting.count < Self.queueLimit else { return false }
            waiting.append(event)
            return true
        }
        guard hasRoom else {
            throw ForeignRefusal(.busy, "came while \(Self.queueLimit) others waited to be stored")
        }
        waker.yield()
    }

    private func refuse(_ refusal: ForeignRefusal) {
        refused[refusal.reason]?.increment()
        logger.debug(
            "A foreign message was not taken",
            metadata: ["reason": "\(refusal.reason.rawValue)", "why": "\(refusal.message)"])
    }

    /// Stores what waits, many in one commit, until the task is cancelled.
    public func run() async {
        for await _ in wakes {
            while true {
                let batch = waiting.withLock { waiting in
                    let batch = Array(waiting.prefix(Self.batchLimit))
                    waiting.removeFirst(batch.count)
                    return batch
                }
                if batch.isEmpty { break }
                await store(batch)
            }
        }
    }

    private func store(_ batch: [EventRequest]) async {
        for result in await pipeline.accept(batch.map { ($0, nil) }) {
            guard case .failure(let error) = result else { continue }
            refuse(ForeignRefusal(.failed, "was not stored: \(error)"))
        }
    }
}
