import NIOHTTP1
import PealAuth

/// A head that cannot be admitted, and what it is answered.
struct HeadProblem: Error {
    var answer: HTTPAnswer

    init(_ answer: HTTPAnswer) { self.answer = answer }
}

/// The sub-protocols that a WebSocket client offers.
struct SubprotocolOffer {
    static let peal = "peal.v1"
    private static let bearer = "peal.bearer."

    var hasPeal = false
    var tokens: [String] = []

    init(_ head: RequestHead) {
        for name in head.list("sec-websocket-protocol") {
            if name == Self.peal { hasPeal = true }
            if name.hasPrefix(Self.bearer) { tokens.append(String(name.dropFirst(Self.bearer.count))) }
        }
    }
}

/// Where the token was given explicitly (RULES 40): header before sub-protocol before query; two that differ are refused, and so is a ticket
/// beside a token.
enum TokenSource {
    static func credential(
        _ head: RequestHead, query: QueryString, offer: SubprotocolOffer?
    ) throws(HeadProblem) -> Credential? {
        var credentials: [Credential] = []
        for field in head.fields where field.name == "authorization" {
            guard let token = bearer(field.value) else {
                throw HeadProblem(.refused(AuthError(.malformed, "Authorization is not a bearer token")))
            }
            credentials.append(.token(token))
        }
        if let offer {
            guard offer.tokens.isEmpty || offer.hasPeal else {
                throw HeadProblem(
                    .problem(
                        .badRequest, "subprotocol_missing", "peal.bearer is offered without peal.v1", failure: .auth))
            }
            credentials += offer.tokens.map(Credential.token)
        }
        credentials += query.all("token").filter { !$0.isEmpty }.map(Credential.token)
        credentials += query.all("ticket").filter { !$0.isEmpty }.map(Credential.ticket)
        guard credentials.allSatisfy({ $0 == credentials.first }) else { throw HeadProblem(.tokenMismatch) }
        return credentials.first
    }

    private static func bearer(_ value: String) -> String? {
        guard value.count > 7, value.prefix(7).lowercased() == "bearer " else { return nil }
        let token = value.dropFirst(7).drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
