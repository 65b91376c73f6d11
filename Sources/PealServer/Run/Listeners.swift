import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import PealAPI
import PealCore
import PealGateway
import PealMetrics
import PealPipeline
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs the parts as one service group. It shuts down in reverse order (RULES 35): sessions, HTTP, metrics, store.
enum Listeners {
    static func run(
        _ parts: Assembly, settings: Settings, registry: PrometheusRegistry, banner: Banner
    ) async throws {
        var logger = Logger(label: "peal.server")
        // The lifecycle of services is an implementation detail; what an operator needs, Peal logs itself.
        logger.logLevel = max(settings.log.level, .critical)
        let ports = BoundPorts { http, metrics in
            banner.show(port: http, metricsPort: metrics)
            StartMemory.giveBack()
        }
        let metrics = Listener(
            name: "metrics.port", host: settings.metrics.host, port: settings.metrics.port,
            application: Application(
                responder: MetricsResponder(registry: registry),
                configuration: .init(
                    address: .hostname(settings.metrics.host, port: settings.metrics.port), serverName: nil),
                onServerRunning: { ports.bound(.metrics, $0) },
                eventLoopGroupProvider: .shared(parts.group), logger: logger))
        let http = Listener(
            name: "http.port", host: settings.http.host, port: settings.http.port,
            application: Application(
                responder: parts.api.responder(), server: .peal(gateway: parts.gateway),
                configuration: .init(
                    address: .hostname(settings.http.host, port: settings.http.port), serverName: nil, backlog: 4096),
                onServerRunning: { ports.bound(.http, $0) },
                eventLoopGroupProvider: .shared(parts.group), logger: logger))
        let services: [any Service] = [
            StoreService(store: parts.store), AuditService(auditor: Auditor(store: parts.store)),
            KeyRefreshService(keys: parts.keys), metrics, http, parts.hub,
        ]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Whoever still holds a request then is cut off; the store closes all the same.
        configuration.maximumGracefulShutdownDuration = settings.drain.delay + settings.drain.duration + .seconds(10)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await group.run()
        } catch {
            // The group cancels what still runs; the store may have commits to finish.
            await parts.store.close()
            throw error
        }
    }
}

/// Closes the store when everything that uses it has ended.
private struct StoreService: Service {
    let store: any Store

    func run() async throws {
        try? await gracefulShutdown()
        await store.close()
    }
}

private struct AuditService: Service {
    let auditor: Auditor

    func run() async throws {
        await cancelWhenGracefulShutdown { await auditor.run() }
    }
}

/// An application whose failure to listen is one clear line.
private struct Listener<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    let name: String
    let host: String
    let port: Int
    let application: Application<Responder>

    func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            throw StartError("\(name): cannot listen on \(host):\(port): \(error.reason)")
        }
    }
}

extension IOError {
    fileprivate var reason: String { String(cString: strerror(errnoCode)) }
}

/// Shows the banner once both ports are known.
private final class BoundPorts: Sendable {
    enum Role { case http, metrics }

    private let ports = Mutex<(http: Int?, metrics: Int?)>((nil, nil))
    private let show: @Sendable (Int, Int) -> Void

    init(show: @escaping @Sendable (_ http: Int, _ metrics: Int) -> Void) {
        self.show = show
    }

    func bound(_ role: Role, _ channel: any Channel) {
        let port = channel.localAddress?.port ?? 0
        let both: (Int, Int)? = ports.withLock { ports in
            switch role {
            case .http: ports.http = port
            case .metrics: ports.metrics = port
            }
            guard let http = ports.http, let metrics = ports.metrics else { return nil }
            return (http, metrics)
        }
        if let both { show(both.0, both.1) }
    }
}

/// `GET /metrics`, and nothing else.
private struct MetricsResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let registry: PrometheusRegistry

    func respond(to request: Request, context: Context) async throws -> Response {
        guard request.uri.path == "/metrics" else {
            return Response(
                status: .notFound, headers: [.contentType: "text/plain"],
                body: .init(byteBuffer: ByteBuffer(string: "metrics are at /metrics\n")))
        }
        guard request.method == .get || request.method == .head else {
            return Response(status: .methodNotAllowed, headers: [.allow: "GET, HEAD"])
        }
        return Response(
            status: .ok, headers: [.contentType: PrometheusRegistry.contentType],
            body: .init(byteBuffer: ByteBuffer(bytes: registry.render())))
    }
}
