import NIOCore
import PealAuth

/// Checks what a client shows: at once where that is possible, else in a task that comes back to the loop.
enum TokenCheck {
    static func run(
        _ credential: Credential, gateway: Gateway, on loop: any EventLoop,
        then take: @escaping (Result<Claims, AuthError>) -> Void
    ) {
        switch credential {
        case .token(let token): run(token, verifier: gateway.verifier, on: loop, then: take)
        case .ticket(let ticket): take(redeem(ticket, gateway))
        }
    }

    private static func redeem(_ ticket: String, _ gateway: Gateway) -> Result<Claims, AuthError> {
        do throws(AuthError) {
            guard let tickets = gateway.tickets else { throw AuthError(.ticket, "tickets are not taken here") }
            let claims = try tickets.redeem(ticket)
            if let refusal = gateway.verifier.refusal(of: claims.user, Grant(claims)) { throw refusal }
            return .success(claims)
        } catch {
            return .failure(error)
        }
    }

    private static func run(
        _ token: String, verifier: any TokenVerifier, on loop: any EventLoop,
        then take: @escaping (Result<Claims, AuthError>) -> Void
    ) {
        if let verdict = verifier.verifyNow(token) { return take(verdict) }
        let take = NIOLoopBound(take, eventLoop: loop)
        Task {
            let result: Result<Claims, AuthError>
            do throws(AuthError) {
                result = .success(try await verifier.verify(token))
            } catch {
                result = .failure(error)
            }
            loop.execute { take.value(result) }
        }
    }
}
