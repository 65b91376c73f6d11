import HummingbirdCore
import Synchronization

/// What became of a connection at the door.
enum Passage: Sendable {
    /// Ordinary HTTP: Hummingbird goes on with it.
    case http(HTTP1Channel.Value)
    /// The gateway has it, or it is gone: Hummingbird's task for it ends.
    case taken
}

/// Tells Hummingbird's task for a connection what became of it. Unlike a future it wakes no event loop to be asked, which
/// every handshake would pay for.
final class Verdict: Sendable {
    private enum State {
        /// → asked, settled
        case open
        /// → settled
        case asked(CheckedContinuation<Passage, Never>)
        case settled(Passage)
    }

    private let state = Mutex(State.open)

    /// Only the first time counts.
    func settle(_ passage: Passage) {
        let waiting = state.withLock { state -> CheckedContinuation<Passage, Never>? in
            switch state {
            case .open:
                state = .settled(passage)
                return nil
            case .asked(let continuation):
                state = .settled(passage)
                return continuation
            case .settled: return nil
            }
        }
        waiting?.resume(returning: passage)
    }

    /// Waits until it is settled. To be asked once.
    var passage: Passage {
        get async {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Passage? in
                    if case .settled(let passage) = state { return passage }
                    state = .asked(continuation)
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }
}
