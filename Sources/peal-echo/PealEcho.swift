import ArgumentParser
import Foundation
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import PealAuth
import PealCore
import PealGateway

/// Peal's front door, frame codec and transports around sessions that send back what they hear: what the Autobahn test
/// suite needs. Not installed.
@main
struct PealEcho: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peal-echo", abstract: "Echoes WebSocket messages, for conformance tests.")

    @Option(help: "The port on 127.0.0.1; 0 takes a free one, which is printed.")
    var port = 0

    @Flag(help: "Refuse permessage-deflate.")
    var plain = false

    @Flag(help: "Leave the sessions with SwiftNIO.")
    var nio = false

    func run() async throws {
        var settings = GatewaySettings()
        settings.transport = nio ? .nio : .reactor
        settings.echoes = true
        settings.compression = !plain
        // The largest message of the suite has 16 MiB.
        settings.maxMessageBytes = 16 << 20
        settings.queueBytes = 256 << 20
        settings.maxPerUser = .max
        settings.messageRate = 0
        settings.byteRate = 0
        settings.pingInterval = .seconds(3000)
        settings.pongTimeout = .seconds(3600)
        settings.connectionLogLevel = .debug
        let logger = Logger(label: "peal-echo")
        let group = MultiThreadedEventLoopGroup.singleton
        let bus = InProcessBus()
        let store = InMemoryStore(
            renderer: NoTexts(), clock: { WallClock.now() }, publish: { bus.publish($0) })
        let hub = Hub(store: store, bus: bus, eventLoopGroup: group, settings: settings, logger: logger)
        let channel = GatewayChannel(gateway: Gateway(hub: hub, verifier: AnyToken())) { _, writer, _ in
            try await writer.writeHead(HTTPResponse(status: .notFound)).finish(nil)
        }
        let server = GatewayServer(
            channel, address: .port(host: "127.0.0.1", port: port), group: group, logger: logger,
            whenRunning: {
                print("ws://127.0.0.1:\($0.localAddress?.port ?? 0)/v1/ws?token=any")
                fflush(nil)
            })
        try await server.run()
    }
}

private struct AnyToken: TokenVerifier {
    private static let claims = Claims(user: UserID(trusted: "echo"))

    func verifyNow(_ token: String) -> Result<Claims, AuthError>? { .success(Self.claims) }
    func verify(_ token: String) async throws(AuthError) -> Claims { Self.claims }
}

private struct NoTexts: TextRenderer {
    func text(for subject: TextSubject) -> RenderedText { RenderedText(title: "", message: "") }
}
