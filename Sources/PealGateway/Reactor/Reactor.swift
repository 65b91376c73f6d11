import NIOCore
import PealCore
import Synchronization

/// Takes sockets over from SwiftNIO (RULES 30) and gives them to epoll loops in turn. Only Linux has it.
final class Reactor: Sendable {
    let shards: [LoopShard]
    private let next = Atomic<Int>(0)
    private let duplicate: @Sendable (CInt) -> CInt

    /// Nil where sessions stay with SwiftNIO.
    init?(_ settings: GatewaySettings, metrics: GatewayMetrics) {
        #if os(Linux)
            let loops = settings.transport == .reactor ? ReactorLoop.shared : []
        #else
            let loops: [any SessionLoop] = []
        #endif
        guard !loops.isEmpty else { return nil }
        duplicate = settings.duplicate
        shards = loops.enumerated().map { index, loop in
            LoopShard(loop: loop, index: index, tick: settings.tick, metrics: metrics)
        }
    }

    /// What became of the wish for another descriptor.
    enum Duplicate {
        case socket(DuplicateSocket)
        case noDescriptor
        /// The connection stays with its channel: it is no plain socket, or it has something to write.
        case notPossible
    }

    /// Another descriptor of a connection, which lives on when the channel is closed. Only on the channel's loop.
    func duplicate(_ channel: any Channel) -> Duplicate {
        // What the channel still has to write would be lost with it.
        guard let options = channel.syncOptions,
            let held = try? options.getOption(.bufferedWritableBytes), held == 0,
            let descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                of: NIOBSDSocket.Handle.self, { duplicate($0) })
        else { return .notPossible }
        return descriptor < 0 ? .noDescriptor : .socket(DuplicateSocket(descriptor))
    }

    /// After the channel has been closed.
    ///
    /// - Parameters:
    ///   - bytes: what came with the head of the request.
    ///   - origin: of the channel's loop, on which this is called.
    func adopt(_ socket: DuplicateSocket, _ takeover: Takeover, bytes: ByteBuffer, from origin: LoopShard) {
        #if os(Linux)
            let shard = shards[next.add(1, ordering: .relaxed).oldValue % shards.count]
            origin.post(to: shard) {
                guard let loop = shard.loop as? ReactorLoop, let descriptor = socket.take() else { return }
                Self.begin(descriptor, takeover, bytes: bytes, loop: loop, shard: shard)
            }
        #endif
    }

    #if os(Linux)
        private static func begin(
            _ descriptor: CInt, _ takeover: Takeover, bytes: ByteBuffer, loop: ReactorLoop, shard: LoopShard
        ) {
            let hub = takeover.gateway.hub
            shard.wakeClock()
            let stream = ReactorStream(
                takeover.session(on: shard), gateway: takeover.gateway, shard: shard, descriptor: descriptor)
            let hasPlace = loop.add(stream, descriptor: descriptor)
            // A drain that has begun meanwhile does not know of this session.
            if hasPlace, !hub.isDraining { return takeover.begin(stream, with: bytes) }
            hub.admissions.leave(takeover.id)
            let refusal = hasPlace ? HTTPAnswer.draining(hub.makeReconnectDelay()) : .tooManyConnections
            takeover.gateway.refused(refusal, path: "")
            stream.refuse(refusal)
            if !hasPlace { stream.hangUp() }
        }
    #endif

    static func duplicate(_ descriptor: CInt) -> CInt {
        #if os(Linux)
            Socket.duplicate(descriptor)
        #else
            -1
        #endif
    }
}

/// The second descriptor of a socket on its way: closed unless somebody takes it.
final class DuplicateSocket: Sendable {
    private let descriptor: Atomic<CInt>

    init(_ descriptor: CInt) {
        self.descriptor = Atomic(descriptor)
    }

    /// Whoever takes it closes it. Nil where it has been taken.
    func take() -> CInt? {
        let taken = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        return taken < 0 ? nil : taken
    }

    deinit {
        #if os(Linux)
            if let descriptor = take() { Socket.close(descriptor) }
        #endif
    }
}
