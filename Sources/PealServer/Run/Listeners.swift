import Hummingbird
import HummingbirdCore
import Logging
import PealAPI
import PealCore
import PealGateway
import PealMetrics
import PealPipeline
import ServiceLifecycle
import UnixSignals

/// Runs the parts as one service group. It shuts down in reverse order (RULES 35): sessions, HTTP, metrics, store.
enum Listeners {
    static func run(
        _ parts: Assembly, settings: Settings, certificate: ServerCertificate?, registry: PrometheusRegistry,
        banner: Banner
    ) async throws {
        var logger = Logger(label: "peal.server")
        // The lifecycle of services is an implementation detail; what an operator needs, Peal logs itself.
        logger.logLevel = max(settings.log.level, .critical)
        let endpoints = settings.endpoints(certificate: certificate)
        let bound = BoundEndpoints(count: endpoints.count + 1) { addresses in
            banner.show(addresses: Array(addresses.dropLast()), metrics: addresses.last ?? "")
            StartMemory.giveBack()
        }
        var services: [any Service] = [
            StoreService(store: parts.store),
            UpkeepService(
                Auditor(store: parts.store, isMine: { [leases = parts.leases] in leases.isHeld(.audit) }).run),
            UpkeepService(DueWorker(store: parts.store, clock: { .now() }).run),
            UpkeepService(
                ScheduleWorker(
                    store: parts.store, alarm: parts.alarm, fanOutAlarm: parts.fanOutAlarm, clock: { .now() }
                ).run),
            UpkeepService(FanOutWorker(store: parts.store, alarm: parts.fanOutAlarm, clock: { .now() }).run),
            UpkeepService(
                RetentionWorker(
                    store: parts.store, policy: settings.retentionPolicy,
                    isMine: { [leases = parts.leases] in leases.isHeld(.retention) }, clock: { .now() }
                ).run),
            KeyRefreshService(keys: parts.keys),
            RevocationService(revocations: parts.revocations, store: parts.store),
            KeyringService(keyring: parts.keyring, store: parts.store), ErasureService(eraser: parts.eraser),
        ]
        services += parts.outside
        if let deliveries = parts.deliveries { services.append(UpkeepService(deliveries.run)) }
        if let certificate { services.append(CertificateReload(certificate)) }
        if let watch = parts.texts.watch { services.append(TemplateReload(watch)) }
        services.append(
            Listener(
                settings.metricsEndpoint, gateway: nil, responder: MetricsResponder(registry: registry),
                group: parts.group, logger: logger
            ) { bound.bound(endpoints.count, $0) })
        let responder = parts.api.responder()
        for (index, endpoint) in endpoints.enumerated() {
            services.append(
                Listener(
                    endpoint, gateway: parts.gateway, responder: responder, group: parts.group, logger: logger
                ) { bound.bound(index, $0) })
        }
        services.append(parts.hub)
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Whoever still holds a request then is cut off; the store closes all the same.
        configuration.maximumGracefulShutdownDuration =
            settings.drain.delay + settings.drain.duration + settings.http.requestPatience + .seconds(5)
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

/// Work that goes on beside everything else and may be broken off anywhere.
private struct UpkeepService: Service {
    private let work: @Sendable () async -> Void

    init(_ work: @escaping @Sendable () async -> Void) { self.work = work }

    func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
    }
}
