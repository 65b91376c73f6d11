public import HummingbirdCore
import Logging
public import NIOCore
import NIOSSL
import PealCore

/// How one listener treats its connections.
public struct ListenerOptions: Sendable {
    /// With it the listener speaks TLS, and HTTP/2 to those who ask for it; nil for plain text.
    public var certificate: ServerCertificate?
    /// Of WebSockets that choose none; nil for that of the settings.
    public var dialect: Dialect?

    public init(certificate: ServerCertificate? = nil, dialect: Dialect? = nil) {
        self.certificate = certificate
        self.dialect = dialect
    }
}

/// Takes an ordinary HTTP connection over.
typealias HTTPSink = @Sendable (HTTP1Channel.Value) -> Void

/// Sets up every connection of one listener: the gateway's own and ordinary HTTP, on one port.
public struct GatewayChannel: Sendable {
    private let gateway: Gateway
    private let options: ListenerOptions
    private let http: HTTP1Channel

    /// - Parameter responder: answers what is not for the gateway.
    public init(
        gateway: Gateway, options: ListenerOptions = ListenerOptions(),
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.gateway = options.dialect.map(gateway.speaking) ?? gateway
        self.options = options
        http = HTTP1Channel(responder: responder)
    }

    /// Returns at once: nothing is read before it does.
    ///
    /// - Parameter whenHTTP: called for a connection that is not the gateway's.
    func setup(
        channel: any Channel, logger: Logger, whenHTTP: @escaping HTTPSink
    ) -> EventLoopFuture<Void> {
        guard let shard = gateway.hub.shard(of: channel.eventLoop) else {
            logger.error("The hub and the server do not run on the same event loops")
            return channel.close()
        }
        let admissions = gateway.hub.admissions
        let arrival = admissions.connected()
        channel.closeFuture.whenComplete { _ in admissions.disconnected() }
        guard arrival != .tooMany else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
            do {
                let newcomer = Newcomer(
                    channel: channel, shard: shard, whenHTTP: whenHTTP, logger: logger, isSurplus: arrival == .surplus)
                if let certificate = options.certificate {
                    try negotiate(newcomer, certificate)
                } else {
                    try addDoor(to: newcomer, isSecure: false)
                }
            } catch {
                // Nobody else does: the server leaves a connection that could not be set up as it is.
                channel.close(promise: nil)
                throw error
            }
        }
    }

    private struct Newcomer {
        let channel: any Channel
        let shard: LoopShard
        let whenHTTP: HTTPSink
        let logger: Logger
        /// Came when the server was full.
        let isSurplus: Bool
    }

    private func addDoor(to newcomer: Newcomer, isSecure: Bool) throws {
        SocketOptions.forArrivals(newcomer.channel)
        try newcomer.channel.pipeline.syncOperations.addHandler(
            Door(
                gateway: gateway, http: http, shard: newcomer.shard, isSecure: isSecure, whenHTTP: newcomer.whenHTTP,
                logger: newcomer.logger, isSurplus: newcomer.isSurplus))
    }

    private func negotiate(_ newcomer: Newcomer, _ certificate: ServerCertificate) throws {
        let (channel, shard, logger) = (newcomer.channel, newcomer.shard, newcomer.logger)
        // TLS has its own goodbye, and the handler would wait for its time-out after a half-closure.
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: certificate.context))
        let install = { (isHTTP2: Bool) in
            guard isHTTP2 else { return try addDoor(to: newcomer, isSecure: true) }
            // Nobody can be told over a connection of many requests; the client tries again as after any lost one.
            guard !newcomer.isSurplus else { throw ChannelError.operationUnsupported }
            // Its requests have tasks of their own.
            try HTTP2Connection.install(on: channel, gateway: gateway, http: http, shard: shard, logger: logger)
        }
        try pipeline.addHandler(Negotiation(gateway: gateway, shard: shard, logger: logger, install: install))
    }

    /// Ends with the connection.
    func serve(_ connection: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: connection, logger: logger)
    }
}
