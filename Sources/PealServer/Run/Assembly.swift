import Logging
import NIOPosix
import PealAPI
import PealAuth
import PealCore
import PealGateway
import PealMetrics
import PealPipeline
import PealSQLite
import ServiceLifecycle

#if PostgreSQL
    import PealPostgres
#endif

/// The parts of a server, built from its settings in the order in which data flows.
struct Assembly: Sendable {
    let store: any Store
    let hub: Hub
    let gateway: Gateway
    let api: API
    let group: MultiThreadedEventLoopGroup
    let keys: TokenKeys
    let revocations: Revocations
    let texts: Texts
    let keyring: APIKeyring
    let eraser: Eraser
    let alarm: ScheduleAlarm
    let fanOutAlarm: ScheduleAlarm
    /// Nil where nobody carries anything out of Peal.
    let deliveries: DeliveryWorker?
    /// Which node does what only one may do.
    let leases: any Leases
    /// What talks with programs of others; empty where there is no Redis server.
    let outside: [any Service]
    /// The API key, where this start made it.
    let newKey: String?

    static func make(_ settings: Settings, registry: PrometheusRegistry) async throws -> Assembly {
        let clock: @Sendable () -> Timestamp = { .now() }
        let data = try DataDirectory(path: settings.data.directory)
        let outlet = BusOutlet()
        let mirror = try settings.mirror(on: MultiThreadedEventLoopGroup.singleton)
        let texts = try Texts(settings)
        let deliveries = try Deliveries(settings, in: data, clock: clock)
        let store = try OpenStore(
            settings, in: data, renderer: texts.live, planner: deliveries.planner, clock: clock
        ) { batch in
            outlet.publish(batch)
            deliveries.planned(by: batch, at: clock())
            mirror?.publish(batch)
        }
        do {
            let secret = try settings.jwtSecret(in: data)
            let keys = try await TokenKeys.make(settings, secret: secret, clock: clock)
            let revocations = try await settings.revocations(of: store.store, now: clock())
            let verifier = JWTVerifier(keys: keys, settings: settings.jwt, revocations: revocations, clock: clock)
            let tickets = TicketBook(clock: clock)
            let (keyring, newKey) = try await Keys.prepare(settings, in: data, store: store.store, clock: clock)
            let group = MultiThreadedEventLoopGroup.singleton
            let (bus, busService) = try settings.makeBus(for: store.store, on: group)
            outlet.open(bus)
            let (leases, leaseService) = settings.makeLeases()
            let hub = Hub(
                store: store.store, bus: bus, eventLoopGroup: group, settings: settings.gatewaySettings,
                logger: Logger(label: "peal.gateway"), clock: clock)
            revocations.announce { [weak hub] in hub?.close($0) }
            let links = try await UnsubscribeLinks(store: store.store)
            let eraser = Eraser(store: store.store)
            let alarm = ScheduleAlarm()
            let fanOutAlarm = ScheduleAlarm()
            let pipeline = Pipeline(
                store: store.store, settings: settings.pipeline, alarm: alarm, fanOutAlarm: fanOutAlarm,
                online: { [weak hub] in hub?.onlineUsers() ?? [] }, clock: clock)
            let foreign = try settings.foreign(pipeline: pipeline, leases: leases, on: group) { [weak hub] in
                hub?.receive([Publication($0)])
            }
            let api = API(
                pipeline: pipeline,
                store: store.store, verifier: verifier, keyring: keyring,
                signer: settings.dev ? secret.map { settings.signer(secret: $0) } : nil,
                tickets: tickets, revocations: revocations, templates: texts.live,
                settings: APISettings(
                    origins: settings.http.origins, cookie: settings.auth.cookie, isDevelopment: settings.dev,
                    preferences: settings.preferencePolicy),
                eraser: eraser, links: links,
                wakeDeliveries: { deliveries.alarm.added(clock()) }, clock: clock,
                readiness: { [weak hub] in
                    if hub?.isDraining ?? true { return .unready("draining") }
                    return store.isHealthy() ? .ready : .unready("the store cannot write")
                }, version: Version.current)
            return Assembly(
                store: store.store, hub: hub, gateway: Gateway(hub: hub, verifier: verifier, tickets: tickets),
                api: api,
                group: group, keys: keys, revocations: revocations, texts: texts, keyring: keyring, eraser: eraser,
                alarm: alarm, fanOutAlarm: fanOutAlarm,
                deliveries: deliveries.worker(
                    settings, store: store.store, texts: texts, links: links, clock: clock),
                leases: leases,
                outside: [foreign, mirror, busService, leaseService].compactMap { $0 }, newKey: newKey)
        } catch {
            await store.store.close()
            throw error
        }
    }
}

/// The store that `store.url` names.
private struct OpenStore: Sendable {
    let store: any Store
    let isHealthy: @Sendable () -> Bool

    init(
        _ settings: Settings, in data: DataDirectory, renderer: any TextRenderer, planner: DeliveryPlanner,
        clock: @escaping @Sendable () -> Timestamp, publish: @escaping PublicationSink
    ) throws {
        switch settings.store.url {
        case .memory:
            store = InMemoryStore(
                renderer: renderer, preferences: settings.preferencePolicy, planner: planner, clock: clock,
                publish: publish)
            isHealthy = { true }
        case .sqlite(let path):
            let path = path ?? data.file("peal.db")
            do throws(StoreError) {
                let sqlite = try SQLiteStore.open(
                    path: path, renderer: renderer, preferences: settings.preferencePolicy, planner: planner,
                    clock: clock,
                    publish: publish)
                store = sqlite
                isHealthy = { sqlite.isHealthy }
            } catch {
                throw StartError("store.url: cannot open '\(path)': \(error.message)")
            }
        case .postgres(let url):
            #if PostgreSQL
                do throws(StoreError) {
                    let postgres = try PostgresStore.open(
                        renderer: renderer, preferences: settings.preferencePolicy, planner: planner, clock: clock,
                        publish: publish, options: PostgresStoreOptions(url: url))
                    store = postgres
                    isHealthy = { postgres.isHealthy }
                } catch {
                    throw StartError("store.url: cannot use the database: \(error.message)")
                }
            #else
                throw StartError("store.url: this build has no PostgreSQL")
            #endif
        }
    }
}
