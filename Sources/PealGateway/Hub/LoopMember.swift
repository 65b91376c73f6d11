import PealAuth
import PealCore

/// Something with a timer on one event loop: a session, a connection whose head has not come yet. Touched by that loop
/// alone.
class LoopMember {
    /// Where its loop keeps it; set while it is kept.
    final var slot: UInt32 = .max

    /// Its timer is up.
    ///
    /// - Returns: when the timer is to be up again; nil for never.
    func timeIsUp(at now: Tick) -> Tick? { nil }
}

/// A session as the hub sees it.
class SessionNode: LoopMember {
    // Fields are in an order that leaves no gaps: a node has so many sessions.
    final var isInHub = false
    /// The next session of the same user on the same loop.
    final var nextOfUser: SessionNode?

    var id: UInt64 { 0 }
    var user: UserID { UserID(trusted: "") }
    var kind: SessionKind { .webSocket }
    /// When the client last gave a sign of life.
    var lastHeard: Tick { 0 }
    /// What a revocation is compared with.
    var grant: Grant { .none }
    /// Up to which its client is complete, or will be once the queue has left.
    var seq: Seq { 0 }

    /// Publications of its user, in their order; they leave with one flush.
    func publish(_ run: [SharedFrame]) {}
    func complete(_ answer: StoreAnswer) {}
    func gapExpired() {}
    func refused(_ error: CommandError, requestID: String) {}
    func headIs(_ head: Seq) {}
    func refreshed(_ result: Result<Claims, AuthError>, requestID: String) {}
    /// The peer has had its time to close the connection after the last frame.
    func hangUpNow() {}
    /// Closes the connection as its transport does that.
    func close(_ code: CloseCode, reason: String, reconnectAfter: Duration?) {}
    /// What it was opened with is not believed any more.
    func revoke(_ refusal: AuthError) { close(.revoked, reason: refusal.message, reconnectAfter: nil) }

    /// To be asked once it is in the hub, where a later revocation finds it, and before anything of the inbox is sent
    /// (RULES 45).
    final func closeIfRevoked(by verifier: any TokenVerifier) {
        guard let refusal = verifier.refusal(of: user, grant) else { return }
        revoke(refusal)
    }
}

enum SessionKind: Int, CaseIterable, Sendable {
    case webSocket
    case eventStream
    case longPoll
}
