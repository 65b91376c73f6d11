internal import Dispatch
internal import Synchronization

/// Wakes one sleeping thread. Raising it again before the sleeper has woken costs an exchange, not a system call.
package final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let isRaised = Atomic(false)

    /// Not raised yet.
    package init() {}

    package func raise() {
        if !isRaised.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Sleeps until it is raised, at most that long. What was done before ``raise()`` is seen afterwards.
    package func wait(atMost limit: Duration? = nil) {
        let deadline: DispatchTime =
            if let limit { .now() + .nanoseconds(Int(limit / .nanoseconds(1))) } else { .distantFuture }
        guard semaphore.wait(timeout: deadline) == .success else { return }
        _ = isRaised.exchange(false, ordering: .acquiringAndReleasing)
    }
}
