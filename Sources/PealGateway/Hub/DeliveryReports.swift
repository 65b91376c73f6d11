import Logging
import PealCore
import Synchronization

/// Rows that want a receipt and have just left for a client: written down in batches, a moment later.
///
/// Several sessions of one user take the same row; only the first report changes anything in the store.
final class DeliveryReports: Sendable {
    private struct State {
        var waiting: [UserID: Set<NotificationID>] = [:]
        var isScheduled = false
    }

    /// Long enough for a burst to become one write, short enough for whoever watches for the receipt.
    private static let delay: Duration = .milliseconds(50)

    private let state = Mutex(State())

    func add(_ ids: [NotificationID], of user: UserID, hub: Hub) {
        guard !ids.isEmpty else { return }
        let schedules = state.withLock { state in
            state.waiting[user, default: []].formUnion(ids)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        guard schedules else { return }
        let (store, logger) = (hub.store, hub.logger)
        Task {
            try? await Task.sleep(for: Self.delay)
            await self.write(to: store, logger: logger)
        }
    }

    private func write(to store: any Store, logger: Logger) async {
        let waiting = state.withLock { state in
            defer { state = State() }
            return state.waiting
        }
        let results = await store.write(waiting.map { .deliver($0, $1.sorted()) })
        for case .failure(let error) in results where error.code != .closed {
            logger.warning("A delivery could not be written down", metadata: ["error": "\(error)"])
        }
    }
}
