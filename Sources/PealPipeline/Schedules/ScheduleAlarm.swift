public import PealCore
internal import Synchronization

/// Lets whoever accepts an event for later wake the worker that sleeps until the next one. One for each process: one process
/// alone opens a SQLite store, and a worker that missed a call looks for itself at least every 30 s.
public final class ScheduleAlarm: Sendable {
    private struct State {
        var timer = ScheduleTimer()
        var isRaised = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// One that nobody sleeps by yet.
    public init() {}

    /// Something waits for this time from now on.
    public func added(_ time: Timestamp) {
        if state.withLock({ $0.timer.added(time) }) { raise() }
    }

    func look() { state.withLock { $0.timer.look() } }

    /// - Returns: how long to rest.
    func looked(next: Timestamp?, hasFailed: Bool, at now: Timestamp) -> Duration {
        state.withLock { $0.timer.looked(next: next, hasFailed: hasFailed, at: now) }
    }

    /// Sleeps, until something earlier is added or the task is cancelled. For one caller at a time.
    func rest(atMost duration: Duration) async {
        let timer = Task {
            if (try? await Task.sleep(for: duration, tolerance: .zero)) != nil { raise() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard !state.isRaised else { return true }
                    state.sleeper = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
        timer.cancel()
        state.withLock { $0.isRaised = false }
    }

    private func raise() {
        let sleeper = state.withLock { state in
            defer { state.sleeper = nil }
            state.isRaised = true
            return state.sleeper
        }
        sleeper?.resume()
    }
}
