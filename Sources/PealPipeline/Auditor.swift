public import Logging
import Metrics
public import PealCore

/// Compares the counts of every inbox with a recount of its rows, slowly and for ever (promise 3, RULES 20).
///
/// The drift must be 0; it is there so that an operator need not take our word for it.
public struct Auditor: Sendable {
    private let store: any Store
    private let pace: Duration
    private let rest: Duration
    private let isMine: @Sendable () -> Bool
    private let logger: Logger
    private let drift = Gauge(label: "inbox_count_drift")
    private let audited = Counter(label: "inboxes_audited_total")

    private static let pageSize = 100

    /// Make it after the metrics system has been set up.
    ///
    /// - Parameters:
    ///   - pace: between two inboxes; the default makes 50 a second.
    ///   - rest: between two passes over all of them.
    ///   - isMine: whether this node is the one that audits, asked all the time.
    public init(
        store: any Store, pace: Duration = .milliseconds(20), rest: Duration = .seconds(60),
        isMine: @escaping @Sendable () -> Bool = { true },
        logger: Logger = Logger(label: "peal.auditor")
    ) {
        self.store = store
        self.pace = pace
        self.rest = rest
        self.isMine = isMine
        self.logger = logger
        drift.record(0)
    }

    /// One pass after another until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            if isMine() { _ = await pass() }
            try? await Task.sleep(for: isMine() ? rest : min(rest, .seconds(5)))
        }
    }

    /// Looks at each inbox once.
    ///
    /// - Returns: how many inboxes it saw, and by how much their counts were off in all.
    public func pass() async -> (inboxes: Int, drift: Int) {
        var seen = 0
        var total = 0
        var last: UserID?
        do throws(StoreError) {
            while !Task.isCancelled, isMine() {
                let users = try await store.users(after: last, limit: Self.pageSize)
                for user in users where !Task.isCancelled {
                    total += try await audit(user)
                    seen += 1
                    // What is wrong is shown at once, what is right only after a whole pass.
                    if total > 0 { drift.record(total) }
                    try? await Task.sleep(for: pace)
                }
                guard users.count == Self.pageSize else { break }
                last = users.last
            }
            if !Task.isCancelled, isMine() { drift.record(total) }
        } catch {
            if error.code != .closed { logger.warning("The audit stopped", metadata: ["error": "\(error)"]) }
        }
        return (seen, total)
    }

    private func audit(_ user: UserID) async throws(StoreError) -> Int {
        let (stored, counted) = try await store.recount(of: user)
        audited.increment()
        let off = abs(stored.unreadCount - counted.unread) + abs(stored.unseenCount - counted.unseen)
        if off > 0 {
            logger.error(
                "A count is wrong",
                metadata: [
                    "user": "\(user)", "unread": "\(stored.unreadCount)", "unread_counted": "\(counted.unread)",
                    "unseen": "\(stored.unseenCount)", "unseen_counted": "\(counted.unseen)",
                ])
        }
        return off
    }
}
