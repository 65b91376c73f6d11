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

/// Where the token is (RULES 40): header before sub-protocol before query; two that differ are refused.
enum TokenSource {
    static func token(_ head: RequestHead, query: QueryString, offer: SubprotocolOffer?) throws(HeadProblem) -> String {
        var tokens: [String] = []
        for field in head.fields where field.name == "authorization" {
            guard let token = bearer(field.value) else {
                throw HeadProblem(.refused(AuthError(.malformed, "Authorization is not a bearer token")))
            }
            tokens.append(token)
        }
        if let offer {
            guard offer.tokens.isEmpty || offer.hasPeal else {
                throw HeadProblem(
                    .problem(
                        .badRequest, "subprotocol_missing", "peal.bearer is offered without peal.v1", failure: .auth))
            }
            tokens += offer.tokens
        }
        tokens += query.all("token").filter { !$0.isEmpty }
        guard let token = tokens.first else {
            throw HeadProblem(.refused(AuthError(.missing, "no token was given")))
        }
        guard tokens.allSatisfy({ $0 == token }) else {
            throw HeadProblem(
                .problem(.badRequest, "token_mismatch", "two different tokens were given", failure: .auth))
        }
        return token
    }

    private static func bearer(_ value: String) -> String? {
        guard value.count > 7, value.prefix(7).lowercased() == "bearer " else { return nil }
        let token = value.dropFirst(7).drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
