import NIOHTTP1
import PealCore

/// How a WebSocket is refused whose token is missing or not good.
public enum AuthRefusal: String, Sendable, CaseIterable {
    /// With an HTTP status, before the upgrade.
    case status
    /// With close code 1008 (RFC 6455 §7.4.1) behind an upgrade that succeeds, for programs that look there.
    case close
}

extension HTTPAnswer {
    /// The answer as its receiver expects it; only refusals of tokens differ.
    ///
    /// - Parameter webSocketKey: the client's; nil where it does not ask for a WebSocket.
    func asRefusal(_ refusal: AuthRefusal, webSocketKey: String?, selectsProtocol: Bool) -> HTTPAnswer {
        guard refusal == .close, failure == .auth, let webSocketKey else { return self }
        var answer = Self.switchingProtocols(key: webSocketKey, selectsProtocol: selectsProtocol)
        answer.body = AnswerFrames.closeFrame(.policyViolation, reason: "\(code)", reconnectAfter: nil)
        answer.failure = failure
        answer.code = code
        return answer
    }

    func asRefusal(of request: GatewayRequest, _ refusal: AuthRefusal) -> HTTPAnswer {
        guard case .webSocket(let key, let selectsProtocol, _) = request.kind else { return self }
        return asRefusal(refusal, webSocketKey: key, selectsProtocol: selectsProtocol)
    }

    private static func switchingProtocols(key: String, selectsProtocol: Bool) -> HTTPAnswer {
        let fields = [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", WebSocketKey.accept(key)),
        ]
        let selected = selectsProtocol ? [("Sec-WebSocket-Protocol", SubprotocolOffer.peal)] : []
        return HTTPAnswer(status: .switchingProtocols, fields: fields + selected)
    }
}
