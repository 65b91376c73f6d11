public import PealCore
import Synchronization

/// The revocations of the store as this node knows them (RULES 45).
///
/// Whoever opens something that lasts registers it first and asks then: either it finds the revocation here, or the
/// revocation, which is announced after it has been entered, finds what was registered.
public final class Revocations: Sendable {
    /// A token's id belongs to its user: nobody can revoke another's.
    fileprivate struct Token: Hashable {
        let user: UserID
        let token: Grant.Token
    }

    fileprivate struct State {
        /// The highest number that the store has been asked for.
        var number: Int64 = 0
        var notBefore: [UserID: Timestamp] = [:]
        /// By token; the value is when it ends anyway.
        var tokens: [Token: Timestamp?] = [:]
        var forgotAt = Timestamp(milliseconds: 0)
        var announce: (@Sendable ([Revocation]) -> Void)?
    }

    private let state = Mutex(State())

    public init() {}

    /// - Parameter receive: gets every revocation after it has been entered; some come twice. It must return at once.
    public func announce(_ receive: @escaping @Sendable ([Revocation]) -> Void) {
        state.withLock { $0.announce = receive }
    }

    /// Enters revocations that this node has made itself.
    public func enter(_ revocations: [Revocation]) {
        guard !revocations.isEmpty else { return }
        let announce = state.withLock { state in
            for revocation in revocations { state.enter(revocation) }
            return state.announce
        }
        announce?(revocations)
    }

    /// Enters what the store has and this node has not seen, its own revocations too.
    ///
    /// - Parameter now: tokens that ended long before need not be remembered.
    public func poll(_ log: any RevocationLog, now: Timestamp) async throws(StoreError) {
        let pageSize = 1000
        while true {
            let page = try await log.revocations(after: state.withLock { $0.number }, limit: pageSize)
            enter(page)
            state.withLock { state in
                state.number = max(state.number, page.last?.number ?? 0)
                state.forget(before: now)
            }
            guard page.count == pageSize else { return }
        }
    }

    /// Why a token is not to be believed any more; nil where nothing speaks against it.
    public func refusal(of user: UserID, _ grant: Grant) -> AuthError? {
        state.withLock { state in
            if let notBefore = state.notBefore[user], grant.wasIssued(before: notBefore) { return .userRevoked }
            if let token = grant.token, !state.tokens.isEmpty, state.tokens[Token(user: user, token: token)] != nil {
                return .tokenRevoked
            }
            return nil
        }
    }

    /// Tokens and users that are refused; for tests.
    var count: Int { state.withLock { $0.notBefore.count + $0.tokens.count } }
}

extension AuthError {
    /// All of a user's tokens up to now are refused.
    public static let userRevoked = AuthError(.revoked, "the user's access has been revoked")
    /// This one token is refused.
    public static let tokenRevoked = AuthError(.tokenRevoked, "the token has been revoked")
}

extension Revocations.State {
    fileprivate mutating func enter(_ revocation: Revocation) {
        switch revocation.extent {
        case .issuedBefore(let time):
            // Never back: an older revocation may come later by polling.
            notBefore[revocation.user] = max(time, notBefore[revocation.user] ?? time)
        case .token(let id, let endsAt):
            tokens[Revocations.Token(user: revocation.user, token: Grant.Token(id))] = .some(endsAt)
        }
    }

    fileprivate mutating func forget(before now: Timestamp) {
        guard now - forgotAt >= .seconds(600) else { return }
        forgotAt = now
        // An hour is more than any leeway.
        tokens = tokens.filter { _, endsAt in endsAt.map { now - $0 < .seconds(3600) } ?? true }
    }
}

extension Revocation {
    /// Whether it is about what was opened with this grant.
    public func covers(_ grant: Grant) -> Bool {
        switch extent {
        case .issuedBefore(let time): grant.wasIssued(before: time)
        case .token(let id, _): grant.token == Grant.Token(id)
        }
    }

    /// What is said to those whom it covers.
    public var refusal: AuthError {
        switch extent {
        case .issuedBefore: .userRevoked
        case .token: .tokenRevoked
        }
    }
}
