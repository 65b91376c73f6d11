import Logging
import NIOHTTP1
public import PealAuth
import PealCore

/// What lets clients in: the hub, and who checks their tokens.
public final class Gateway: Sendable {
    /// Where admitted sessions live.
    public let hub: Hub
    let verifier: any TokenVerifier
    let tickets: TicketBook?
    let doorkeeper: Doorkeeper

    /// Uses the hub's settings.
    ///
    /// - Parameter tickets: those that the API makes; without them every ticket is refused.
    public init(hub: Hub, verifier: any TokenVerifier, tickets: TicketBook? = nil) {
        self.hub = hub
        self.verifier = verifier
        self.tickets = tickets
        doorkeeper = Doorkeeper(hub.settings)
    }

    var settings: GatewaySettings { hub.settings }

    func admit(_ head: RequestHead) -> Admission {
        doorkeeper.admit(head, isDraining: hub.isDraining, hasRoom: hub.hasRoom)
    }

    /// Counts a refusal, and says so in the log; never the token or the query.
    func refused(_ answer: HTTPAnswer, path: some StringProtocol) {
        guard let failure = answer.failure else { return }
        hub.metrics.failed(failure)
        hub.logger.debug(
            "Authentication failed or request refused",
            metadata: ["status": "\(answer.status.code)", "reason": "\(failure.rawValue)", "path": "\(path)"])
    }
}
