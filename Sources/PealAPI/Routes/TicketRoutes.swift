import Hummingbird
import PealAuth
import PealCore

/// One-time tickets for browsers' own `EventSource` and `WebSocket`, which can set no header (RULES 40).
struct TicketRoutes: Sendable {
    let authentication: Authentication
    let tickets: TicketBook

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/tickets") { request, _ in
            let claims = try await authentication.claims(of: request)
            let ticket: String
            let expiresAt: Timestamp
            do throws(TicketRefusal) {
                (ticket, expiresAt) = try tickets.issue(for: claims)
            } catch {
                throw Problem(error)
            }
            return .json(.created, headers: [.cacheControl: "no-store"]) { writer in
                writer.name("ticket")
                writer.value(ticket)
                writer.name("expires_at")
                writer.value(expiresAt)
            }
        }
    }
}

extension Problem {
    fileprivate init(_ refusal: TicketRefusal) {
        let patience = "\(TicketBook.lifetime.components.seconds)"
        switch refusal {
        case .tokenExpired: self.init(AuthError(.expired, "the token has expired"))
        case .tooManyOfUser:
            self.init(
                .tooManyRequests, "too_many_tickets", "redeem the tickets that you have, or let them expire",
                headers: [.retryAfter: patience])
        case .full:
            self.init(
                .serviceUnavailable, "too_many_tickets", "too many tickets are waiting to be redeemed",
                headers: [.retryAfter: patience])
        }
    }
}
