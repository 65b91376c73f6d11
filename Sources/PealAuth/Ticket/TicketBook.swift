import Crypto
public import PealCore
import Synchronization

/// One-time tickets that stand for a verified token where no header can be set (RULES 40).
///
/// A ticket is 192 random bits; only its SHA-256 is kept, in memory, until it is redeemed or has expired.
public final class TicketBook: Sendable {
    /// How long a ticket can be redeemed.
    public static let lifetime: Duration = .seconds(30)

    fileprivate struct Ticket {
        var claims: Claims
        var expiresAt: Timestamp
    }

    fileprivate struct State {
        var tickets: [SHA256.Digest: Ticket] = [:]
        var countByUser: [UserID: Int] = [:]
        var sweepDue = Timestamp(milliseconds: .min)
    }

    private let limit: Int
    private let limitPerUser: Int
    private let clock: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: tickets that wait to be redeemed at most.
    ///   - limitPerUser: those of one user.
    ///   - clock: what decides whether a ticket or its token has expired.
    public init(limit: Int = 65_536, limitPerUser: Int = 32, clock: @escaping @Sendable () -> Timestamp) {
        self.limit = limit
        self.limitPerUser = limitPerUser
        self.clock = clock
    }

    /// Makes a ticket that ends after ``lifetime``, or with its token if that is sooner.
    public func issue(for claims: Claims) throws(TicketRefusal) -> (ticket: String, expiresAt: Timestamp) {
        var generator = SystemRandomNumberGenerator()
        let ticket = Base64URL.encode((0..<24).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        let now = clock()
        let expiresAt = min(now + Self.lifetime, claims.expiresAt ?? now + Self.lifetime)
        let refusal = state.withLock { state -> TicketRefusal? in
            if now >= state.sweepDue { state.removeExpired(at: now) }
            guard expiresAt > now else { return .tokenExpired }
            guard state.countByUser[claims.user, default: 0] < limitPerUser else { return .tooManyOfUser }
            guard state.tickets.count < limit else { return .full }
            state.countByUser[claims.user, default: 0] += 1
            state.tickets[Self.digest(of: ticket)] = Ticket(claims: claims, expiresAt: expiresAt)
            return nil
        }
        if let refusal { throw refusal }
        return (ticket, expiresAt)
    }

    /// The claims of the token that the ticket was made from. Only the first caller gets them.
    ///
    /// Quick, and callable from an event loop.
    public func redeem(_ ticket: String) throws(AuthError) -> Claims {
        guard ticket.utf8.count == 32, let found = state.withLock({ $0.remove(Self.digest(of: ticket)) }),
            clock() < found.expiresAt
        else { throw AuthError(.ticket, "the ticket is not known, has been used, or has expired") }
        return found.claims
    }

    /// How many tickets are kept; for tests.
    var count: Int { state.withLock { $0.tickets.count } }

    private static func digest(of ticket: String) -> SHA256.Digest {
        SHA256.hash(data: Array(ticket.utf8))
    }
}

/// Why no ticket was made.
public enum TicketRefusal: Error, Sendable, Equatable {
    /// The token is at its end.
    case tokenExpired
    /// This user's tickets have to be redeemed or to expire first.
    case tooManyOfUser
    /// All users' tickets together have reached their limit.
    case full
}

extension TicketBook.State {
    fileprivate mutating func remove(_ digest: SHA256.Digest) -> TicketBook.Ticket? {
        guard let ticket = tickets.removeValue(forKey: digest) else { return nil }
        let left = countByUser[ticket.claims.user, default: 1] - 1
        countByUser[ticket.claims.user] = left > 0 ? left : nil
        return ticket
    }

    /// At most once a second, because it looks at all of them.
    fileprivate mutating func removeExpired(at now: Timestamp) {
        sweepDue = now + .seconds(1)
        for (digest, ticket) in tickets where ticket.expiresAt <= now { _ = remove(digest) }
    }
}
