import Logging
import Metrics
import NIOCore
import PealCore
import PealRedis
import ServiceLifecycle
import Synchronization

#if PostgreSQL
    import PealPostgres
#endif

/// Where the store's publications go: to a bus that is made after the store, because it is named after its epoch.
final class BusOutlet: Sendable {
    private struct Place {
        var bus: (any Bus)?
    }

    private let place = Mutex(Place())

    func open(_ bus: any Bus) { place.withLock { $0.bus = bus } }

    /// For the thread that commits.
    func publish(_ batch: [Publication]) { place.withLock { $0.bus }?.publish(batch) }
}

extension Settings {
    /// The bus that goes with the settings, and what keeps it going.
    func makeBus(for store: any Store, on group: any EventLoopGroup) throws(StartError) -> (any Bus, (any Service)?) {
        let heard = Counter(label: "redis_events_consumed_total", dimensions: [("source", "bus")])
        if let link = try link(on: group), isShared {
            let bus = RedisBus(epoch: store.epoch, link: link, logger: Logger(label: "peal.bus")) {
                heard.increment(by: $0)
            }
            return (bus, RedisBusService(bus: bus))
        }
        #if PostgreSQL
            if case .postgres(let url) = self.store.url, self.bus.url != .inProcess {
                let bus = PostgresBus(epoch: store.epoch, options: PostgresStoreOptions(url: url))
                return (bus, PostgresBusService(bus: bus))
            }
        #endif
        return (InProcessBus(), nil)
    }

    /// Who does what only one node may do, and what keeps that going.
    func makeLeases() -> (any Leases, (any Service)?) {
        #if PostgreSQL
            if case .postgres(let url) = self.store.url {
                let leases = PostgresLeases(options: PostgresStoreOptions(url: url))
                return (leases, PostgresLeaseService(leases: leases))
            }
        #endif
        return (SoleNode(), nil)
    }

    /// Whether other nodes may write to the store.
    var isShared: Bool { if case .postgres = self.store.url { true } else { false } }
}

private struct RedisBusService: Service {
    let bus: RedisBus

    func run() async throws {
        await cancelWhenGracefulShutdown { await bus.run() }
    }
}

#if PostgreSQL
    private struct PostgresLeaseService: Service {
        let leases: PostgresLeases

        func run() async throws {
            try? await gracefulShutdown()
            await leases.close()
        }
    }

    private struct PostgresBusService: Service {
        let bus: PostgresBus

        func run() async throws {
            try? await gracefulShutdown()
            await bus.close()
        }
    }
#endif
