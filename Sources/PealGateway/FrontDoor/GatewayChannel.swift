public import HummingbirdCore
public import Logging
public import NIOCore
import PealCore

/// Sets up every connection of the server: the gateway's own and ordinary HTTP, on one port.
public struct GatewayChannel: ServerChildChannel {
    /// A connection whose first request has not come yet.
    public struct Value: ServerChildChannelValue {
        /// The connection.
        public let channel: any Channel
        let passage: EventLoopFuture<Passage>
    }

    private let gateway: Gateway
    private let http: HTTP1Channel

    /// - Parameter responder: answers what is not for the gateway.
    public init(gateway: Gateway, responder: @escaping HTTPChannelHandler.Responder) {
        self.gateway = gateway
        http = HTTP1Channel(responder: responder)
    }

    /// Returns at once: nothing is read before it does.
    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let passage = channel.eventLoop.makePromise(of: Passage.self)
        guard let shard = gateway.hub.shard(of: channel.eventLoop) else {
            logger.error("The hub and the server do not run on the same event loops")
            passage.succeed(.taken)
            return channel.close().map { Value(channel: channel, passage: passage.futureResult) }
        }
        let admissions = gateway.hub.admissions
        let arrival = admissions.connected()
        channel.closeFuture.whenComplete { _ in admissions.disconnected() }
        guard arrival != .tooMany else {
            passage.succeed(.taken)
            return channel.close().map { Value(channel: channel, passage: passage.futureResult) }
        }
        return channel.eventLoop.makeCompletedFuture {
            SocketOptions.forArrivals(channel)
            do {
                try channel.pipeline.syncOperations.addHandler(
                    Door(
                        gateway: gateway, http: http, shard: shard, passage: passage, logger: logger,
                        isSurplus: arrival == .surplus))
            } catch {
                passage.succeed(.taken)
                throw error
            }
            return Value(channel: channel, passage: passage.futureResult)
        }
    }

    /// Ends as soon as the gateway has the connection.
    public func handle(value: Value, logger: Logger) async {
        guard case .http(let channel)? = try? await value.passage.get() else { return }
        await http.handle(value: channel, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// Serves the gateway and the router on one port: `Application(router: router, server: .peal(gateway: gateway))`.
    public static func peal(gateway: Gateway) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in GatewayChannel(gateway: gateway, responder: responder) }
    }
}
