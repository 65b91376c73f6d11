import PealCore

/// Decides whether and when to come back after a connection has ended: a machine without I/O.
struct Reconnection: Sendable {
    enum Decision: Equatable {
        case retry(after: Duration, because: String)
        case stop(Failure)
    }

    static let base = Duration.milliseconds(500)
    static let longest = Duration.seconds(30)

    private(set) var attempts = 0
    private var hasEverOpened = false
    /// Whether a new token can be made, so that an expired one is no reason to stop.
    private let renewsTokens: Bool

    init(renewsTokens: Bool) {
        self.renewsTokens = renewsTokens
    }

    mutating func opened() {
        attempts = 0
        hasEverOpened = true
    }

    /// - Parameter random: in 0..<1.
    mutating func decision(
        after end: WebSocketEnd, random: Double = .random(in: 0..<1)
    ) -> Decision {
        switch end {
        case .refused(let answer): refused(answer, random)
        case .failed(let message):
            hasEverOpened ? backOff(message, random) : .stop(Failure(.unavailable, "cannot connect to \(message)"))
        case .closed(let code, let reason): closed(code, reason, random)
        }
    }

    private mutating func refused(_ answer: WebSocketAnswer, _ random: Double) -> Decision {
        let message = "the server refused the connection: \(answer.detail ?? "no reason given") (\(answer.status))"
        switch answer.status {
        case 401, 403: return .stop(Failure(.notAuthorised, message))
        case 429, 502...504:
            attempts += 1
            let seconds = answer["retry-after"].flatMap(Int.init) ?? 1
            return .retry(after: .seconds(seconds) + .milliseconds(Int(random * 1000)), because: message)
        default: return .stop(Failure(message))
        }
    }

    private mutating func closed(_ code: Int?, _ reason: String, _ random: Double) -> Decision {
        switch code {
        case 1001:
            let announced = (try? JSON.parse(reason.utf8))?["reconnect_after_ms"]?.integer
            guard let announced else { return backOff("the server is restarting", random) }
            return .retry(after: .milliseconds(announced), because: "the server is restarting")
        case 4001 where !renewsTokens: return .stop(Failure(.notAuthorised, "the token has expired"))
        case 4500: return .stop(Failure(.notAuthorised, "the user was revoked"))
        case .some(4500...4999): return .stop(Failure("the server closed the session (\(code ?? 0) \(reason))"))
        case nil: return backOff("the connection broke", random)
        case .some(let code): return backOff("the server closed the session (\(code))", random)
        }
    }

    /// Exponential with full jitter, so that many clients do not come back in step.
    private mutating func backOff(_ message: String, _ random: Double) -> Decision {
        let limit = min(Self.base * (1 << min(attempts, 10)), Self.longest)
        attempts += 1
        return .retry(after: limit * random, because: message)
    }
}
