import Foundation
import PealCore
import PealSQL
import Synchronization

@testable import PealSQLite

#if PostgreSQL
    @testable import PealPostgres
#endif

/// Each implementation of ``Store`` that the suite runs on.
enum StoreDriver: String, CaseIterable, Sendable, CustomStringConvertible {
    case memory, sqlite
    #if PostgreSQL
        case postgres
    #endif

    var description: String { rawValue }
}

/// A store with everything that it was given, under the control of a test.
final class TestStore: Sendable {
    let driver: StoreDriver
    let clock = ManualClock()
    let sink = RecordingSink()
    let directory: URL
    private let current: Mutex<any Store>
    /// Where PostgreSQL keeps this store's tables.
    let schema = "t\(UUID().uuidString.prefix(18).replacing("-", with: "").lowercased())"
    private let options: SQLiteStoreOptions
    private let policy: PreferencePolicy
    private let planner: (any DeliveryPlanning)?
    private let earlierFolds = Mutex(0)

    var store: any Store { current.withLock { $0 } }

    fileprivate init(
        _ driver: StoreDriver, _ options: SQLiteStoreOptions, _ policy: PreferencePolicy,
        _ planner: (any DeliveryPlanning)?
    ) throws {
        self.driver = driver
        self.options = options
        self.policy = policy
        self.planner = planner
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("peal-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        current = Mutex(
            try Self.open(driver, in: directory, schema, clock: clock, sink: sink, options, policy, planner))
    }

    private static func open(
        _ driver: StoreDriver, in directory: URL, _ schema: String, clock: ManualClock, sink: RecordingSink,
        _ options: SQLiteStoreOptions, _ policy: PreferencePolicy, _ planner: (any DeliveryPlanning)?
    ) throws -> any Store {
        switch driver {
        case .memory:
            return InMemoryStore(
                renderer: PlainRenderer(), preferences: policy, planner: planner, clock: { clock.now },
                publish: { sink.take($0) })
        case .sqlite:
            return try SQLiteStore.open(
                path: directory.path + "/peal.db", renderer: PlainRenderer(), preferences: policy, planner: planner,
                clock: { clock.now }, publish: { sink.take($0) }, options: options)
        #if PostgreSQL
            case .postgres:
                var postgres = PostgresStoreOptions(url: try PostgresServer.url())
                postgres.schema = schema
                postgres.partitions = 2
                postgres.foldLimit = options.foldLimit
                return try PostgresStore.open(
                    renderer: PlainRenderer(), preferences: policy, planner: planner, clock: { clock.now },
                    publish: { sink.take($0) }, options: postgres)
        #endif
        }
    }

    /// Closes and opens again what outlives its process; the store in memory stays as it is.
    func reopen() async throws {
        guard driver != .memory else { return }
        let folds = foldCount
        earlierFolds.withLock { $0 = folds }
        await store.close()
        let store = try Self.open(driver, in: directory, schema, clock: clock, sink: sink, options, policy, planner)
        current.withLock { $0 = store }
    }

    /// Times that a mark was written into rows; 0 where the driver has no need to.
    var foldCount: Int {
        var folds = (store as? SQLiteStore)?.foldCount ?? 0
        #if PostgreSQL
            folds += (store as? PostgresStore)?.foldCount ?? 0
        #endif
        return earlierFolds.withLock { $0 } + folds
    }

    fileprivate func end() async {
        await store.close()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Runs a test on a new store, which is closed and removed afterwards.
func withStore(
    _ driver: StoreDriver, options: SQLiteStoreOptions = SQLiteStoreOptions(),
    preferences: PreferencePolicy = PreferencePolicy(), planner: (any DeliveryPlanning)? = nil,
    _ body: (TestStore) async throws -> Void
) async throws {
    let test = try TestStore(driver, options, preferences, planner)
    do {
        try await body(test)
    } catch {
        await test.end()
        throw error
    }
    await test.end()
}

final class ManualClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_768_473_000_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }
}

/// Keeps what the store publishes.
final class RecordingSink: Sendable {
    private let taken = Mutex<[Publication]>([])

    func take(_ batch: [Publication]) {
        taken.withLock { $0 += batch }
    }

    var publications: [Publication] { taken.withLock { $0 } }

    func clear() {
        taken.withLock { $0 = [] }
    }

    /// Waits, at most five seconds, until that many have come.
    func wait(for count: Int) async throws -> [Publication] {
        for _ in 0..<6_000 where publications.count < count { try await Task.sleep(for: .milliseconds(10)) }
        return publications
    }
}

/// A text that shows what it was made from.
struct PlainRenderer: TextRenderer {
    func text(for subject: TextSubject) -> RenderedText {
        RenderedText(
            title: "\(subject.type) \(subject.locale ?? "-")",
            message: subject.actors.map(\.displayName).joined(separator: ",") + " of \(subject.actorCount)")
    }
}
