import PealCore
import Synchronization
import Testing

@testable import PealAuth

@Suite struct RevocationsTests {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
    let maria = UserID(trusted: "maria")
    let ana = UserID(trusted: "ana")

    private func claims(_ user: UserID, issued offset: Int64?, id: String? = nil) -> Claims {
        Claims(
            user: user, expiresAt: clock.now() + .seconds(60),
            issuedAt: offset.map { Timestamp(seconds: 1_700_000_000 + $0) }, id: id)
    }

    private func code(_ revocations: Revocations, _ claims: Claims) -> AuthError.Code? {
        revocations.refusal(of: claims.user, Grant(claims))?.code
    }

    @Test func allTokensOfAUserAreRefusedThatWereIssuedBefore() {
        let revocations = Revocations()
        revocations.enter([Revocation(number: 1, user: maria, extent: .issuedBefore(clock.now()))])
        #expect(code(revocations, claims(maria, issued: -1)) == .revoked)
        #expect(code(revocations, claims(maria, issued: nil)) == .revoked)
        #expect(code(revocations, claims(maria, issued: 0)) == nil)
        #expect(code(revocations, claims(ana, issued: -1)) == nil)
    }

    @Test func anOlderRevocationDoesNotTakeANewerOneBack() {
        let revocations = Revocations()
        revocations.enter([
            Revocation(number: 2, user: maria, extent: .issuedBefore(clock.now())),
            Revocation(number: 1, user: maria, extent: .issuedBefore(clock.now() + .seconds(-100))),
        ])
        #expect(code(revocations, claims(maria, issued: -50)) == .revoked)
    }

    @Test func oneTokenIsRefusedByItsIDAndOnlyItsUsers() {
        let revocations = Revocations()
        revocations.enter([Revocation(number: 1, user: maria, extent: .token(id: "t", endsAt: nil))])
        #expect(code(revocations, claims(maria, issued: 0, id: "t")) == .tokenRevoked)
        #expect(code(revocations, claims(maria, issued: 0, id: "u")) == nil)
        #expect(code(revocations, claims(maria, issued: 0)) == nil)
        #expect(code(revocations, claims(ana, issued: 0, id: "t")) == nil)
    }

    @Test func aRevocationCoversWhatWasOpenedWithIt() {
        let all = Revocation(number: 1, user: maria, extent: .issuedBefore(clock.now()))
        let one = Revocation(number: 2, user: maria, extent: .token(id: "t", endsAt: nil))
        for (claims, byAll, byOne) in [
            (claims(maria, issued: -1, id: "t"), true, true), (claims(maria, issued: 0, id: "u"), false, false),
            (claims(maria, issued: nil), true, false),
        ] {
            #expect(all.covers(Grant(claims)) == byAll)
            #expect(one.covers(Grant(claims)) == byOne)
        }
        #expect(MemoryLayout<Grant>.size == 12)
    }

    @Test func aVerifiedTokenIsRefusedFromThenOn() async throws {
        let revocations = Revocations()
        let keys = TokenKeys(secret: KeyFixtures.secret, clock: clock.now)
        let verifier = JWTVerifier(keys: keys, revocations: revocations, clock: clock.now)
        let signer = TokenSigner(secret: KeyFixtures.secret)
        let (token, _) = signer.token(for: maria, lifetime: .seconds(60), now: clock.now())
        for _ in 0..<2 { _ = try await verifier.verify(token) }
        #expect(verifier.cached(token) != nil)
        clock.advance(by: .milliseconds(1))
        revocations.enter([Revocation(number: 1, user: maria, extent: .issuedBefore(clock.now()))])
        #expect(verifier.cached(token) == nil)
        await #expect(throws: AuthError.userRevoked) { try await verifier.verify(token) }
        clock.advance(by: .seconds(1))
        let (next, _) = signer.token(for: maria, lifetime: .seconds(60), now: clock.now())
        #expect(try await verifier.verify(next).user == maria)
    }

    @Test func anotherNodesRevocationsArePolled() async throws {
        let store = InMemoryStore(renderer: NoText(), clock: clock.now)
        let revocations = Revocations()
        let announced = Mutex<[Int64]>([])
        revocations.announce { list in announced.withLock { $0 += list.map(\.number) } }
        for number in 0..<2500 {
            _ = try await store.revoke(UserID(trusted: "user-\(number)"), .issuedBefore(clock.now()))
        }
        try await revocations.poll(store, now: clock.now())
        #expect(revocations.count == 2500)
        try await revocations.poll(store, now: clock.now())
        let again = try await store.revoke(UserID(trusted: "user-0"), .issuedBefore(clock.now()))
        try await revocations.poll(store, now: clock.now())
        #expect(announced.withLock { $0 } == Array(1...2500) + [again.number])
    }

    @Test func whatEndedLongAgoIsForgotten() async throws {
        let store = InMemoryStore(renderer: NoText(), clock: clock.now)
        let revocations = Revocations()
        revocations.enter([
            Revocation(number: 1, user: maria, extent: .token(id: "a", endsAt: clock.now())),
            Revocation(number: 2, user: maria, extent: .token(id: "b", endsAt: nil)),
            Revocation(number: 3, user: maria, extent: .issuedBefore(clock.now())),
        ])
        try await revocations.poll(store, now: clock.now() + .seconds(3599))
        #expect(revocations.count == 3)
        try await revocations.poll(store, now: clock.now() + .seconds(7200))
        #expect(revocations.count == 2)
    }
}

private struct NoText: TextRenderer {
    func text(for subject: TextSubject) -> RenderedText { RenderedText(title: "", message: "") }
}
