public import Logging
import Metrics
public import PealCore

/// Ends what is older, or more, than an inbox is to keep, in small steps, inbox by inbox (RULES 4).
public struct RetentionWorker: Sendable {
    private let store: any Store
    private let policy: RetentionPolicy
    private let pace: Duration
    private let rest: Duration
    private let isMine: @Sendable () -> Bool
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let expired = Counter(label: "retention_expired_total")
    private let purged = Counter(label: "retention_purged_total")

    private static let pageSize = 100
    /// Rows of one transaction.
    static let stepSize = 64

    /// Make it after the metrics system has been set up.
    ///
    /// - Parameters:
    ///   - pace: between two steps, so that writers hardly notice.
    ///   - rest: between two walks through all inboxes.
    ///   - isMine: whether this node is the one that removes, asked all the time.
    public init(
        store: any Store, policy: RetentionPolicy, pace: Duration = .milliseconds(10),
        rest: Duration = .seconds(600), isMine: @escaping @Sendable () -> Bool = { true },
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger = Logger(label: "peal.retention")
    ) {
        self.store = store
        self.policy = policy
        self.pace = pace
        self.rest = rest
        self.isMine = isMine
        self.clock = clock
        self.logger = logger
    }

    /// One walk after another until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            if isMine() { await pass() }
            try? await Task.sleep(for: isMine() ? rest : min(rest, .seconds(5)))
        }
    }

    /// Looks after each inbox once.
    public func pass() async {
        var last: UserID?
        do throws(StoreError) {
            while !Task.isCancelled, isMine() {
                let users = try await store.users(after: last, limit: Self.pageSize)
                for user in users where !Task.isCancelled { try await tend(user) }
                guard users.count == Self.pageSize else { return }
                last = users.last
            }
        } catch {
            if error.code != .closed { logger.warning("Retention waits", metadata: ["error": "\(error)"]) }
        }
    }

    private func tend(_ user: UserID) async throws(StoreError) {
        while !Task.isCancelled {
            let step = try await store.retention(of: user, policy, at: clock(), limit: Self.stepSize)
            try? await Task.sleep(for: pace)
            if step.isEmpty { return }
            guard case .retained(let expired, let purged)? = try await store.write([.retain(user, step)]).first?.get()
            else { return }
            self.expired.increment(by: expired)
            self.purged.increment(by: purged)
            // All of it has changed since it was read: the next walk will see.
            if expired + purged == 0 { return }
        }
    }
}
