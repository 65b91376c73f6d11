import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import PealCore
import Synchronization

/// The channel on which Hummingbird serves the ordinary requests of an HTTP/1.1 connection: a child of it, behind the ``Gate``.
///
/// Hummingbird has one task for a channel, from its first request to its end. So the lane ends when the connection goes on
/// without Hummingbird, to a long poll or to a session, and the next ordinary request gets another (RULES 34).
///
/// @unchecked Sendable because all that changes is touched on the connection's event loop alone, but for a flag.
final class RequestLane: Channel, ChannelCore, @unchecked Sendable {
    private weak var gate: Gate?
    private let connection: any Channel
    private let closed: EventLoopPromise<Void>
    private let isOpen = Atomic<Bool>(true)
    private lazy var lanePipeline = ChannelPipeline(channel: self)

    /// Only on the connection's loop. To be ended with ``end()``.
    init(of connection: any Channel, behind gate: Gate) {
        self.connection = connection
        self.gate = gate
        closed = connection.eventLoop.makePromise(of: Void.self)
        // Here, because any thread may ask for it later.
        _ = lanePipeline
    }

    /// What Hummingbird serves.
    func value(isSecure: Bool) throws -> HTTP1Channel.Value {
        try pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: isSecure))
        let value = try HTTP1Channel.Value(
            wrappingChannelSynchronously: self, configuration: .init(isOutboundHalfClosureEnabled: true))
        pipeline.fireChannelActive()
        if !isWritable { pipeline.fireChannelWritabilityChanged() }
        return value
    }

    /// A part of a request, to be followed by `pipeline.fireChannelReadComplete()`.
    func fire(_ part: HTTPServerRequestPart) { pipeline.syncOperations.fireChannelRead(NIOAny(part)) }

    /// Ends Hummingbird's task; the connection stays as it is.
    func end() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        gate = nil
        pipeline.fireChannelInactive()
        // Later, because it may be one of the handlers that led here.
        eventLoop.execute {
            self.removeHandlers(pipeline: self.pipeline)
            self.closed.succeed()
        }
    }

    // MARK: Channel

    let allocator = ByteBufferAllocator()
    var eventLoop: any EventLoop { connection.eventLoop }
    var pipeline: ChannelPipeline { lanePipeline }
    var closeFuture: EventLoopFuture<Void> { closed.futureResult }
    var parent: (any Channel)? { connection }
    var localAddress: SocketAddress? { connection.localAddress }
    var remoteAddress: SocketAddress? { connection.remoteAddress }
    var isWritable: Bool { connection.isWritable }
    var isActive: Bool { isOpen.load(ordering: .acquiring) }
    var _channelCore: any ChannelCore { self }
    var syncOptions: (any NIOSynchronousChannelOptions)? { connection.syncOptions }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        connection.setOption(option, value: value)
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        connection.getOption(option)
    }

    // MARK: ChannelCore

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let gate else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        gate.laneWrites(unwrapData(data, as: HTTPServerResponsePart.self), promise: promise)
    }

    func flush0() { gate?.laneFlushes() }

    func read0() { gate?.laneReads() }

    /// What Hummingbird closes is the connection.
    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard let gate else {
            promise?.succeed()
            return
        }
        gate.laneCloses(mode, promise: promise)
    }

    func localAddress0() throws -> SocketAddress {
        guard let localAddress else { throw ChannelError.unknownLocalAddress }
        return localAddress
    }

    func remoteAddress0() throws -> SocketAddress {
        guard let remoteAddress else { throw ChannelError.operationUnsupported }
        return remoteAddress
    }

    func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func connect0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    /// Hummingbird's handler passes everything on that it has taken.
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}
}
