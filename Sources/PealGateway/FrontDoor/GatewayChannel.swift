public import HummingbirdCore
public import Logging
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

/// Sets up every connection of one listener: the gateway's own and ordinary HTTP, on one port.
public struct GatewayChannel: ServerChildChannel {
    /// A connection whose first request has not come yet.
    public struct Value: ServerChildChannelValue {
        /// The connection.
        public let channel: any Channel
        let verdict: Verdict
    }

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
    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let verdict = Verdict()
        guard let shard = gateway.hub.shard(of: channel.eventLoop) else {
            logger.error("The hub and the server do not run on the same event loops")
            verdict.settle(.taken)
            return channel.close().map { Value(channel: channel, verdict: verdict) }
        }
        let admissions = gateway.hub.admissions
        let arrival = admissions.connected()
        channel.closeFuture.whenComplete { _ in admissions.disconnected() }
        guard arrival != .tooMany else {
            verdict.settle(.taken)
            return channel.close().map { Value(channel: channel, verdict: verdict) }
        }
        return channel.eventLoop.makeCompletedFuture {
            do {
                let newcomer = Newcomer(
                    channel: channel, shard: shard, verdict: verdict, logger: logger, isSurplus: arrival == .surplus)
                if let certificate = options.certificate {
                    try negotiate(newcomer, certificate)
                } else {
                    try addDoor(to: newcomer, isSecure: false)
                }
            } catch {
                verdict.settle(.taken)
                // Nobody else does: the server leaves a connection that could not be set up as it is.
                channel.close(promise: nil)
                throw error
            }
            return Value(channel: channel, verdict: verdict)
        }
    }

    private struct Newcomer {
        let channel: any Channel
        let shard: LoopShard
        let verdict: Verdict
        let logger: Logger
        /// Came when the server was full.
        let isSurplus: Bool
    }

    private func addDoor(to newcomer: Newcomer, isSecure: Bool) throws {
        SocketOptions.forArrivals(newcomer.channel)
        try newcomer.channel.pipeline.syncOperations.addHandler(
            Door(
                gateway: gateway, http: http, shard: newcomer.shard, isSecure: isSecure, verdict: newcomer.verdict,
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
            try HTTP2Connection.install(on: channel, gateway: gateway, http: http, shard: shard, logger: logger)
            // Its requests have tasks of their own.
            newcomer.verdict.settle(.taken)
        }
        try pipeline.addHandler(
            Negotiation(gateway: gateway, shard: shard, logger: logger, install: install) {
                newcomer.verdict.settle(.taken)
            })
    }

    /// Ends as soon as the gateway has the connection.
    public func handle(value: Value, logger: Logger) async {
        guard case .http(let channel) = await value.verdict.passage else { return }
        await http.handle(value: channel, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// Serves the gateway and the router on one port: `Application(router: router, server: .peal(gateway: gateway))`.
    public static func peal(gateway: Gateway, options: ListenerOptions = ListenerOptions()) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GatewayChannel(gateway: gateway, options: options, responder: responder)
        }
    }
}
