import HummingbirdCore
public import Logging
public import NIOCore
import NIOExtras
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// Accepts the connections of one listener, and serves until it is told to stop.
///
/// In place of Hummingbird's `Server`, which has a task for every connection from its first moment: here only those have one
/// that turn out to be ordinary HTTP. A session costs none, and its handshake wakes no other thread.
public final class GatewayServer: Service {
    /// Where it listens.
    public enum Address: Sendable {
        /// A name or an address; 0 for any free port.
        case port(host: String, port: Int)
        /// A file, which is replaced where it is there.
        case socket(path: String)
    }

    private static let backlog: Int32 = 4096
    /// Connections that are accepted before anything else is done.
    private static let acceptsAtOnce: UInt = 16

    private let channel: GatewayChannel
    private let address: Address
    private let group: any EventLoopGroup
    private let logger: Logger
    private let whenRunning: @Sendable (any Channel) async -> Void
    private let quiescing: ServerQuiescingHelper
    private let ordinary: AsyncStream<HTTP1Channel.Value>
    private let arrivals: AsyncStream<HTTP1Channel.Value>.Continuation
    private let isStopping = Atomic(false)

    /// - Parameters:
    ///   - group: the hub's.
    ///   - whenRunning: told the listening channel as soon as connections are accepted.
    public init(
        _ channel: GatewayChannel, address: Address, group: any EventLoopGroup, logger: Logger,
        whenRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) {
        self.channel = channel
        self.address = address
        self.group = group
        self.logger = logger
        self.whenRunning = whenRunning
        quiescing = ServerQuiescingHelper(group: group)
        (ordinary, arrivals) = AsyncStream.makeStream(of: HTTP1Channel.Value.self)
    }

    /// Until ``stop()``, and the end of every connection; cancelled, it cuts them off.
    ///
    /// - Throws: where it cannot listen.
    public func run() async throws {
        let listener = try await bind()
        await withGracefulShutdownHandler {
            await whenRunning(listener)
            await withDiscardingTaskGroup { tasks in
                for await connection in ordinary {
                    tasks.addTask { [channel, logger] in await channel.serve(connection, logger: logger) }
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
        listener.close(promise: nil)
    }

    /// Accepts nothing more, and lets every connection end what it is doing.
    public func stop() {
        guard !isStopping.exchange(true, ordering: .relaxed) else { return }
        let ended = group.next().makePromise(of: Void.self)
        ended.futureResult.whenComplete { [arrivals] _ in arrivals.finish() }
        quiescing.initiateShutdown(promise: ended)
    }

    private func bind() async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: Self.acceptsAtOnce)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { [quiescing] listener in
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.addHandler(
                        quiescing.makeServerChannelHandler(channel: listener))
                }
            }
            .childChannelInitializer { [channel, arrivals, logger] connection in
                channel.setup(channel: connection, logger: logger) { arrivals.yield($0) }
            }
        switch address {
        case .port(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
        case .socket(let path):
            return try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
        }
    }
}
