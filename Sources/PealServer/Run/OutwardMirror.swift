import Logging
import Metrics
import PealCore
import PealRedis
import ServiceLifecycle
import Synchronization

/// Tells programs with a gateway of their own of each new notification, over a channel of Redis. Never makes the store wait:
/// what Redis does not take in time is dropped, and counted.
final class OutwardMirror: Service {
    private struct Queue {
        var waiting: [Publication] = []
        /// Of the connection that there is.
        var waker: AsyncStream<Void>.Continuation?
    }

    private static let queueLimit = 8192

    private let channel: [UInt8]
    private let link: RedisLink
    private let queue = Mutex(Queue())
    private let mirrored = Counter(label: "redis_events_mirrored_total")
    private let dropped = Counter(label: "redis_events_mirror_dropped_total")

    init(channel: String, link: RedisLink) {
        self.channel = Array(channel.utf8)
        self.link = link
    }

    /// Returns at once; for the thread that commits.
    func publish(_ batch: [Publication]) {
        let news = batch.filter(\.tellsOfAnEvent)
        guard !news.isEmpty else { return }
        let rest = queue.withLock { queue in
            let room = max(0, Self.queueLimit - queue.waiting.count)
            queue.waiting.append(contentsOf: news.prefix(room))
            queue.waker?.yield()
            return max(0, news.count - room)
        }
        if rest > 0 { dropped.increment(by: rest) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await link.run { connection in
                try await send(over: connection)
            }
        }
    }

    /// Until the connection ends.
    private func send(over connection: RedisConnection) async throws {
        let (wakes, waker) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        queue.withLock { $0.waker = waker }
        waker.yield()
        // Fails too where the link is to end, which closes the connection.
        async let end: Void = {
            await connection.ended()
            waker.finish()
        }()
        for await _ in wakes {
            while true {
                let batch = takeBatch()
                if batch.isEmpty { break }
                do {
                    try await publish(batch, over: connection)
                } catch {
                    dropped.increment(by: batch.count)
                    connection.hangUp()
                    throw error
                }
            }
        }
        await end
    }

    private func takeBatch() -> [Publication] {
        queue.withLock { queue in
            let batch = Array(queue.waiting.prefix(256))
            queue.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func publish(_ batch: [Publication], over connection: RedisConnection) async throws {
        let word = Array("PUBLISH".utf8)
        let commands = batch.compactMap(Self.message).map { RESPCommand([word, channel, $0]) }
        for answer in try await connection.send(commands) {
            if case .error(let message) = answer { throw RedisConnection.Failure.refused(message) }
        }
        mirrored.increment(by: commands.count)
    }

    private static func message(_ publication: Publication) -> [UInt8]? {
        switch publication.content {
        case .created(let row), .aggregated(let row):
            var json = JSONWriter()
            json.beginObject()
            json.name("user_id")
            json.value(publication.user.rawValue)
            json.name("notification")
            json.value(row)
            json.endObject()
            return json.bytes
        default: return nil
        }
    }
}
