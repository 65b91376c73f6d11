public import Logging
import Metrics
public import PealCore

/// Writes what time changes about rows: snoozed ones come back, others end (RULES 3). Nothing else looks at the clock.
public struct DueWorker: Sendable {
    private let store: any Store
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let settled = Counter(label: "notifications_due_total")

    /// Rows of one step; more wait for the next, which follows at once.
    static let stepSize = 256
    /// What is put off meanwhile may be due sooner than what was found.
    static let longestRest: Duration = .seconds(1)

    /// Make it after the metrics system has been set up.
    public init(
        store: any Store, clock: @escaping @Sendable () -> Timestamp,
        logger: Logger = Logger(label: "peal.due")
    ) {
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// Until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let rest = await step()
            try? await Task.sleep(for: rest)
        }
    }

    /// Does what is due.
    ///
    /// - Returns: how long to rest, zero where more is due.
    public func step() async -> Duration {
        let now = clock()
        do throws(StoreError) {
            let due = try await store.due(at: now, limit: Self.stepSize)
            try await settle(due.rows)
            if due.rows.count == Self.stepSize { return .zero }
            guard let next = due.next else { return Self.longestRest }
            return max(.zero, min(next - clock(), Self.longestRest))
        } catch {
            if error.code != .closed { logger.warning("What is due waits", metadata: ["error": "\(error)"]) }
            return Self.longestRest
        }
    }

    /// One mutation for each user, so that one that fails leaves the others alone.
    private func settle(_ rows: [DueRows.Row]) async throws(StoreError) {
        guard !rows.isEmpty else { return }
        var users: [UserID] = []
        var ids: [UserID: [NotificationID]] = [:]
        for row in rows {
            if ids[row.user] == nil { users.append(row.user) }
            ids[row.user, default: []].append(row.id)
        }
        let results = await store.write(users.map { .settle($0, ids[$0] ?? []) })
        for result in results { _ = try result.get() }
        settled.increment(by: rows.count)
    }
}
