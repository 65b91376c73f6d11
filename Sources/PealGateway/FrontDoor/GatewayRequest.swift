import NIOHTTP1
import PealAuth
import PealCore

/// A request for the gateway that may go on to the check of its token.
struct GatewayRequest: Sendable {
    enum Kind: Sendable, Equatable {
        case webSocket(key: String, selectsProtocol: Bool, deflate: DeflateAgreement?)
        case eventStream
        case longPoll(wait: Duration)
    }

    var kind: Kind
    var credential: Credential
    /// The cursor as the client wrote it.
    var since: String?
    var limit: Int
    var dialect = Dialect.peal
    /// What the answer says about cross-origin reading; empty for a WebSocket.
    var corsFields: [(String, String)]
    /// Whether the client wants the connection back.
    var keepsConnection: Bool
    /// Nil where it does not matter.
    var address: NetworkAddress?
}

/// What a client shows to be let in.
enum Credential: Sendable, Equatable {
    case token(String)
    /// Good for one use (RULES 40).
    case ticket(String)
}

/// What the front door makes of a head.
enum Admission: Sendable {
    /// Not for the gateway.
    case ordinary
    case answer(HTTPAnswer)
    case gateway(GatewayRequest)
}
