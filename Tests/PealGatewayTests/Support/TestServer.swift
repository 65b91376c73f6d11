import HTTPTypes
import HummingbirdCore
import Logging
import Metrics
import NIOCore
import NIOPosix
import PealAuth
import PealCore
import PealMetrics
import ServiceLifecycle
import Synchronization
import Testing

@testable import PealGateway

/// Says who holds `user:NAME` or `user:NAME#ID`; `slow:NAME` has to be waited for; `revoking:NAME` is revoked as soon as it has
/// been checked; everything else is refused.
struct StubVerifier: TokenVerifier {
    var lifetime: Duration? = .seconds(3600)
    var revocations = Revocations()

    func verifyNow(_ token: String) -> Result<Claims, AuthError>? {
        guard token.hasPrefix("user:") else { return nil }
        let claims = claims(token.dropFirst(5))
        return refusal(of: claims.user, Grant(claims)).map { .failure($0) } ?? .success(claims)
    }

    func verify(_ token: String) async throws(AuthError) -> Claims {
        if token == "expired" { throw AuthError(.expired, "the token has expired") }
        if token == "revoked" { throw AuthError(.revoked, "revoked") }
        guard let kind = ["user:", "slow:", "revoking:"].first(where: token.hasPrefix) else {
            throw AuthError(.invalid, "the token's signature is wrong")
        }
        try? await Task.sleep(for: .milliseconds(30))
        let claims = claims(token.dropFirst(kind.count))
        guard kind != "revoking:" else {
            revocations.enter([Revocation(number: 1, user: claims.user, extent: .token(id: "late", endsAt: nil))])
            return Claims(user: claims.user, expiresAt: claims.expiresAt, issuedAt: claims.issuedAt, id: "late")
        }
        if let refusal = refusal(of: claims.user, Grant(claims)) { throw refusal }
        return claims
    }

    func refusal(of user: UserID, _ grant: Grant) -> AuthError? { revocations.refusal(of: user, grant) }

    private func claims(_ name: Substring) -> Claims {
        let parts = name.split(separator: "#", maxSplits: 1)
        return Claims(
            user: UserID(trusted: String(parts.first ?? "")), expiresAt: lifetime.map { WallClock.now() + $0 },
            issuedAt: WallClock.now(), id: parts.count > 1 ? String(parts[1]) : nil)
    }
}

struct PlainRenderer: TextRenderer {
    func text(for subject: TextSubject) -> RenderedText { RenderedText(title: "title", message: subject.type) }
}

/// The whole gateway on a loopback port, with an in-memory store and a router that answers every path with its name.
struct TestServer: Sendable {
    let port: Int
    let store: InMemoryStore
    /// What the gateway asks ``store``.
    let reads: CountingStore
    let hub: Hub
    let tickets = TicketBook(clock: { WallClock.now() })
    let revocations = Revocations()
    let served = ServedChannels()
    private let metrics = PrometheusRegistry()
    private let certificate: TestCertificate?
    private let server: GatewayServer
    private let task: Task<Void, any Error>

    /// One server after the other, each with another transport, because what a client sees is the same on both.
    static func with(
        lifetime: Duration? = .seconds(3600), certificate: TestCertificate? = nil, isAlone: Bool = true,
        on transports: [GatewaySettings.Transport] = [.nio, .reactor],
        _ change: (inout GatewaySettings) -> Void = { _ in },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        for transport in transports {
            let server = try await TestServer(lifetime: lifetime, certificate, isAlone: isAlone) {
                $0.transport = transport
                change(&$0)
            }
            do {
                try await body(server)
            } catch {
                await server.stop()
                Issue.record("with the transport '\(transport)'")
                throw error
            }
            await server.stop()
        }
    }

    private init(
        lifetime: Duration?, _ certificate: TestCertificate?, isAlone: Bool, _ change: (inout GatewaySettings) -> Void
    ) async throws {
        self.certificate = certificate
        var settings = GatewaySettings()
        settings.tick = .milliseconds(20)
        settings.maxSessions = 1000
        settings.messageRate = 100_000
        settings.messageBurst = 100_000
        settings.byteRate = 64 << 20
        settings.headTimeout = .seconds(120)
        settings.drainDelay = .zero
        settings.drainDuration = .milliseconds(20)
        settings.connectionLogLevel = .debug
        change(&settings)
        let group = MultiThreadedEventLoopGroup.singleton
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let bus = LocalBus(carriesEverything: isAlone)
        store = InMemoryStore(renderer: PlainRenderer(), clock: { WallClock.now() }, publish: { bus.publish($0) })
        reads = CountingStore(store)
        hub = Self.hub(store: reads, bus: bus, group, settings, logger, metrics)
        let verifier = StubVerifier(lifetime: lifetime, revocations: revocations)
        revocations.announce { [hub] in hub.close($0) }
        let channel = GatewayChannel(
            gateway: Gateway(hub: hub, verifier: verifier, tickets: tickets),
            options: ListenerOptions(certificate: certificate?.server)
        ) { [served] request, writer, channel in
            served.note(channel)
            if request.uri.path == "/slow" { try await Task.sleep(for: .milliseconds(100)) }
            if request.uri.path == "/collect" { for try await _ in request.body {} }
            let body = ByteBuffer(string: "ok \(request.uri.path)")
            var head = HTTPResponse(status: .ok)
            head.headerFields[.contentLength] = "\(body.readableBytes)"
            var out = try await writer.writeHead(head)
            try await out.write(body)
            try await out.finish(nil)
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = GatewayServer(
            channel, address: .port(host: "127.0.0.1", port: 0), group: group, logger: logger,
            whenRunning: { continuation.yield($0.localAddress?.port ?? 0) })
        self.server = server
        task = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        port = await iterator.next() ?? 0
    }

    /// Makes its metric handles in a registry of its own.
    private static func hub(
        store: any Store, bus: any Bus, _ group: any EventLoopGroup, _ settings: GatewaySettings, _ logger: Logger,
        _ metrics: PrometheusRegistry
    ) -> Hub {
        withMetricsFactory(metrics) {
            Hub(store: store, bus: bus, eventLoopGroup: group, settings: settings, logger: logger)
        }
    }

    /// The value of a series, such as `gateway_refusals_total{reason="draining"}`; nil where there is none.
    func metric(_ series: String) -> Int? {
        let lines = String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n")
        let value = lines.first { $0.hasPrefix(series + " ") }?.dropFirst(series.count + 1)
        return value.flatMap { Double($0) }.map { Int($0) }
    }

    /// Ends only when every connection has ended.
    func stop() async {
        await hub.drain(inHaste: true)
        server.stop()
        _ = try? await task.value
    }

    @discardableResult
    func notify(_ user: String, _ message: String = "hello") async -> NotificationID? {
        let event = Event(
            type: "news", recipients: [.init(UserID(trusted: user))], title: "title", message: message)
        guard case .success(.ingest(let outcomes, _)) = await store.write([.ingest(Ingest(event: event))]).first else {
            return nil
        }
        return outcomes.first?.notificationID
    }

    /// Connections at the door, between requests and in sessions.
    var memberCount: Int {
        get async {
            var count = 0
            for shard in hub.shards { count += await shard.loop.submit { shard.memberCount } }
            return count
        }
    }

    /// What the streams of a user are doing.
    func phases(of user: UserID) async throws -> [Session.Phase] {
        var phases: [Session.Phase] = []
        for shard in hub.shards {
            phases += await shard.loop.submit {
                shard.sessions(of: user).compactMap { ($0 as? StreamSession)?.session.phase }
            }
        }
        return phases
    }

    /// - Parameter isLater: whether the connection has had an ordinary request already, as behind a proxy that keeps its
    ///   connections (RULES 29).
    func connect(receiveBuffer: Int? = nil, isLater: Bool = false) async throws -> RawConnection {
        let connection = try await RawConnection.open(
            port: port, receiveBuffer: receiveBuffer, tls: certificate?.client())
        if isLater {
            let first = try await connection.get("/first")
            guard first.body == "ok /first" else { throw RawConnection.TimedOut(description: "\(first)") }
        }
        return connection
    }

    /// A WebSocket that has had its first frame.
    func openWebSocket(
        _ target: String = "/ws/notifications", receiveBuffer: Int? = nil, isLater: Bool = false
    ) async throws -> RawConnection {
        let connection = try await connect(receiveBuffer: receiveBuffer, isLater: isLater)
        try await connection.send(RawConnection.upgrade(target))
        _ = try await connection.head()
        _ = try await connection.json()
        return connection
    }
}

/// Waits until something holds, at most a minute.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<12_000 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
