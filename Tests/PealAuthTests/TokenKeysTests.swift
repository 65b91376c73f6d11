import PealCore
import Testing

@testable import PealAuth

@Suite struct TokenKeysTests {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))

    private func keys(_ place: KeyPlaceDouble, secret: String? = nil) throws -> TokenKeys {
        TokenKeys(
            secret: secret, locations: [try KeyLocation("https://idp.example/jwks")], clock: clock.now,
            reader: place.read)
    }

    private func verifier(
        _ place: KeyPlaceDouble, secret: String? = nil, settings: JWTSettings = JWTSettings()
    ) throws -> JWTVerifier {
        JWTVerifier(keys: try keys(place, secret: secret), settings: settings, clock: clock.now)
    }

    private func refusal(_ token: String, _ verifier: JWTVerifier) async -> AuthError.Code? {
        do throws(AuthError) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func theFirstTokenWaitsForTheKeys() async throws {
        let issuer = TestIssuer(kid: "a")
        let place = KeyPlaceDouble(jwks(issuer.jwk()))
        #expect(try await verifier(place).verify(issuer.token()).user == UserID(trusted: "maria"))
        let nameless = TestIssuer()
        #expect(try await verifier(KeyPlaceDouble(nameless.pem)).verify(nameless.token()).user.rawValue == "maria")
    }

    @Test func aNewKeyIsFoundWhenATokenNamesIt() async throws {
        let (old, new) = (TestIssuer(kid: "old"), TestIssuer(kid: "new"))
        let place = KeyPlaceDouble(jwks(old.jwk()))
        let verifier = try verifier(place)
        _ = try await verifier.verify(old.token())
        place.text = jwks(old.jwk(), new.jwk())
        clock.advance(by: .seconds(30))
        _ = try await verifier.verify(new.token())
        #expect(place.reads == 2)
    }

    @Test func aPlaceIsReadAtMostOnceInThirtySeconds() async throws {
        let issuer = TestIssuer(kid: "a")
        let place = KeyPlaceDouble(jwks(issuer.jwk()))
        let verifier = try verifier(place)
        _ = try await verifier.verify(issuer.token())
        // Not known yet, and nobody may look: the caller shall ask again, not throw its token away.
        let new = TestIssuer(kid: "new")
        #expect(try await refusal(new.token(), verifier) == .unavailable)
        clock.advance(by: .milliseconds(29_999))
        #expect(try await refusal(new.token(), verifier) == .unavailable)
        #expect(place.reads == 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await refusal(new.token(), verifier) == .invalid)
        #expect(place.reads == 2)
    }

    /// RULES 44: who reads them from time to time keeps to it as well.
    @Test func refreshingKeepsToTheSpacing() async throws {
        let issuer = TestIssuer(kid: "a")
        let place = KeyPlaceDouble(jwks(issuer.jwk()))
        let keys = try keys(place)
        await keys.refresh()
        clock.advance(by: .milliseconds(29_999))
        #expect(await keys.refresh().isEmpty)
        #expect(place.reads == 1)
        // A token that names another key has it read, and the next turn comes too early again.
        clock.advance(by: .milliseconds(1))
        let verifier = JWTVerifier(keys: keys, clock: clock.now)
        #expect(try await refusal(TestIssuer(kid: "new").token(), verifier) == .invalid)
        #expect(place.reads == 2)
        await keys.refresh()
        #expect(place.reads == 2)
        clock.advance(by: .seconds(30))
        await keys.refresh()
        #expect(place.reads == 3)
    }

    @Test func allWhoWaitShareOneReading() async throws {
        let issuer = TestIssuer(kid: "a")
        let place = KeyPlaceDouble(jwks(issuer.jwk()))
        let verifier = try verifier(place)
        let tokens = try (0..<50).map { try issuer.token(#"{"sub":"u\#($0)","exp":1700000060}"#) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for token in tokens { group.addTask { _ = try await verifier.verify(token) } }
            try await group.waitForAll()
        }
        #expect(place.reads == 1)
    }

    @Test func anUnknownNameIsRememberedForAWhile() async throws {
        let issuer = TestIssuer(kid: "a")
        let place = KeyPlaceDouble(jwks(issuer.jwk()))
        let verifier = try verifier(place)
        let stranger = TestIssuer(kid: "stranger")
        #expect(try await refusal(stranger.token(), verifier) == .invalid)
        for _ in 0..<5 {
            clock.advance(by: .seconds(31))
            #expect(try await refusal(stranger.token(), verifier) == .invalid)
        }
        #expect(place.reads == 1)
        clock.advance(by: .seconds(300))
        place.text = jwks(issuer.jwk(), stranger.jwk())
        let token = try stranger.token(#"{"sub":"maria","exp":1800000000}"#)
        #expect(await refusal(token, verifier) == nil)
    }

    @Test func theMemoryOfUnknownNamesIsBounded() async throws {
        let place = KeyPlaceDouble(jwks(TestIssuer(kid: "a").jwk()))
        let keys = try keys(place)
        for number in 0..<TokenKeys.unknownLimit + 10 {
            let token = try CompactToken(TestIssuer(kid: "kid-\(number)").token())
            await #expect(throws: AuthError.self) { try await keys.check(token) }
            clock.advance(by: .seconds(30))
        }
        #expect(keys.unknownCount == 10)
    }

    @Test func aWithdrawnKeyIsNotBelievedAnyMore() async throws {
        let (old, new) = (TestIssuer(kid: "old"), TestIssuer(kid: "new"))
        let place = KeyPlaceDouble(jwks(old.jwk(), new.jwk()))
        let keys = try keys(place)
        let verifier = JWTVerifier(keys: keys, clock: clock.now)
        let tokens = (try old.token(), try new.token())
        _ = try await verifier.verify(tokens.0)
        _ = try await verifier.verify(tokens.1)
        #expect(verifier.cached(tokens.0) != nil)
        place.text = jwks(new.jwk())
        clock.advance(by: .seconds(30))
        await keys.refresh()
        #expect(verifier.cached(tokens.0) == nil)
        clock.advance(by: .seconds(30))
        #expect(await refusal(tokens.0, verifier) == .invalid)
        #expect(await refusal(tokens.1, verifier) == nil)
    }

    @Test func whatCannotBeReadStaysAsItWas() async throws {
        let issuer = TestIssuer(kid: "a")
        let place = KeyPlaceDouble(jwks(issuer.jwk()))
        let keys = try keys(place)
        let token = try issuer.token(#"{"sub":"maria","exp":1800000000}"#)
        #expect(await keys.refresh().isEmpty)
        for broken in [nil, "", "{}", "<html>"] {
            place.text = broken
            clock.advance(by: .seconds(30))
            #expect(await keys.refresh().count == 1)
            #expect(await refusal(token, JWTVerifier(keys: keys, clock: clock.now)) == nil)
        }
    }

    @Test func withoutKeysTheCallerMayAskAgain() async throws {
        let issuer = TestIssuer(kid: "a")
        let place = KeyPlaceDouble(nil)
        let verifier = try verifier(place)
        #expect(try await refusal(issuer.token(), verifier) == .unavailable)
        #expect(try await refusal(TestIssuer().token(), verifier) == .unavailable)
        place.text = jwks(issuer.jwk())
        clock.advance(by: .seconds(30))
        #expect(try await refusal(issuer.token(), verifier) == nil)
    }
}
