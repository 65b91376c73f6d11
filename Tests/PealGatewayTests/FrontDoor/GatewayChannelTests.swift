import Logging
import NIOCore
import NIOPosix
import PealCore
import Testing

@testable import PealGateway

/// A connection that refuses every option, and is otherwise the one behind it.
private final class StubbornChannel: Channel, Sendable {
    private struct NoOptions: NIOSynchronousChannelOptions {
        func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
            throw ChannelError.operationUnsupported
        }
        func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
            throw ChannelError.operationUnsupported
        }
    }

    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    var allocator: ByteBufferAllocator { channel.allocator }
    var eventLoop: any EventLoop { channel.eventLoop }
    var closeFuture: EventLoopFuture<Void> { channel.closeFuture }
    var pipeline: ChannelPipeline { channel.pipeline }
    var localAddress: SocketAddress? { channel.localAddress }
    var remoteAddress: SocketAddress? { channel.remoteAddress }
    var parent: (any Channel)? { channel.parent }
    var isWritable: Bool { channel.isWritable }
    var isActive: Bool { channel.isActive }
    var _channelCore: any ChannelCore { channel._channelCore }
    var syncOptions: (any NIOSynchronousChannelOptions)? { NoOptions() }
    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        channel.setOption(option, value: value)
    }
    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        channel.getOption(option)
    }
}

@Suite struct GatewayChannelTests {
    /// The server does not close what could not be set up.
    @Test func aConnectionThatCannotBeSetUpIsClosed() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let bus = InProcessBus()
        let store = InMemoryStore(renderer: PlainRenderer(), clock: { WallClock.now() }, publish: { bus.publish($0) })
        let logger = Logger(label: "t")
        let hub = Hub(store: store, bus: bus, eventLoopGroup: group, settings: GatewaySettings(), logger: logger)
        let certificate = try TestCertificate().server
        let server = GatewayChannel(
            gateway: Gateway(hub: hub, verifier: StubVerifier()), options: ListenerOptions(certificate: certificate)
        ) { _, _, _ in }
        let listener = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let channel = try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: port).get()
        await #expect(throws: ChannelError.self) {
            let connection = StubbornChannel(channel)
            _ = try await channel.eventLoop.flatSubmit { server.setup(channel: connection, logger: logger) { _ in } }
                .get()
        }
        #expect(try await eventually { !channel.isActive })
        // Counted off when the channel says that it is closed, a moment later.
        #expect(try await eventually { hub.admissions.connectionCount == 0 })
        try await listener.close()
    }
}
