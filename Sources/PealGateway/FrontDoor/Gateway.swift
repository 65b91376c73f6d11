import Logging
import NIOCore
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
    /// - Parameters:
    ///   - tickets: those that the API makes; without them every ticket is refused.
    ///   - dialect: of WebSockets that choose none; nil for that of the settings.
    public init(hub: Hub, verifier: any TokenVerifier, tickets: TicketBook? = nil, dialect: Dialect? = nil) {
        self.hub = hub
        self.verifier = verifier
        self.tickets = tickets
        doorkeeper = Doorkeeper(hub.settings, dialect: dialect)
    }

    /// The same for a listener of its own, whose WebSockets speak this dialect where they choose none.
    func speaking(_ dialect: Dialect) -> Gateway {
        Gateway(hub: hub, verifier: verifier, tickets: tickets, dialect: dialect)
    }

    var settings: GatewaySettings { hub.settings }

    /// - Parameter peer: the other end of the connection.
    func admit(_ head: RequestHead, from peer: SocketAddress?) -> Admission {
        let admissions = hub.admissions
        let address = admissions.countsAddresses ? admissions.addresses.client(of: head, peer: peer) : nil
        let admission = doorkeeper.admit(head) { isStream in
            if hub.isDraining { return .draining(hub.makeReconnectDelay()) }
            guard hub.hasRoom else { return .tooManySessions }
            guard admissions.hasRoom(for: address) else { return .tooManyFromAddress }
            // Last, so that what is refused anyway takes nothing from the others.
            guard !isStream || admissions.takeHandshake() else { return .tooManyHandshakes }
            return nil
        }
        guard case .gateway(var request) = admission else { return admission }
        request.address = address
        return .gateway(request)
    }

    /// Counts a refusal, and says so in the log; never the token or the query.
    func refused(_ answer: HTTPAnswer, path: some StringProtocol) {
        guard let failure = answer.failure else { return }
        hub.metrics.failed(failure)
        if let limit = answer.limit { hub.metrics.refused(limit) }
        hub.logger.debug(
            "Authentication failed or request refused",
            metadata: ["status": "\(answer.status.code)", "reason": "\(failure.rawValue)", "path": "\(path)"])
    }
}
