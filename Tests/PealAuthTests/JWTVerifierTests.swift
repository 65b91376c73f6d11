import PealCore
import Synchronization
import Testing

@testable import PealAuth

@Suite struct JWTVerifierTests {
    static let secret = "correct horse battery staple"
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))

    func verifier(_ settings: JWTSettings = JWTSettings()) -> JWTVerifier {
        JWTVerifier(secret: Self.secret, settings: settings, clock: clock.now)
    }

    func token(
        _ claims: String, header: KeyValuePairs<String, String> = ["alg": "HS256"], secret: String = Self.secret
    ) async throws -> String {
        try TokenSigner(secret: secret).sign(header: header, payload: JSON.parse(Array(claims.utf8)))
    }

    /// The code of the refusal.
    func refusal(_ token: String, _ settings: JWTSettings = JWTSettings()) async throws -> AuthError.Code? {
        let verifier = verifier(settings)
        do throws(AuthError) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            #expect(token.utf8.count < 8 || !error.message.contains(token))
            return error.code
        }
    }

    @Test func signedTokenIsAccepted() async throws {
        let user = try #require(UserID("maria"))
        let (token, expiresAt) = TokenSigner(secret: Self.secret).token(
            for: user, lifetime: .seconds(60), now: clock.now())
        let claims = try await verifier().verify(token)
        #expect(claims == Claims(user: user, expiresAt: expiresAt, issuedAt: clock.now()))
        #expect(expiresAt == Timestamp(seconds: 1_700_000_060))
    }

    @Test(arguments: [
        (#"{"user_id":"u","exp":1700000060}"#, "u"), (#"{"user_id":42,"exp":1700000060}"#, "42"),
        (#"{"sub":"s","exp":1700000060}"#, "s"), (#"{"sub":9,"exp":1700000060.5}"#, "9"),
        (#"{"user_id":"u","sub":"s","exp":1700000060}"#, "u"), (#"{"user_id":null,"sub":"s","exp":1700000060}"#, "s"),
    ])
    func userComesFromTheClaimElseSub(claims: String, user: String) async throws {
        #expect(try await verifier().verify(token(claims)).user.rawValue == user)
    }

    @Test func userClaimCanBeNamed() async throws {
        let verifier = verifier(JWTSettings(userClaim: "uid"))
        #expect(try await verifier.verify(token(#"{"uid":"x","user_id":"y","exp":1700000060}"#)).user.rawValue == "x")
    }

    @Test(arguments: [
        (#"{"exp":1700000060}"#, AuthError.Code.invalid), (#"{"user_id":1.5,"exp":1700000060}"#, .invalid),
        (#"{"user_id":"","sub":"s","exp":1700000060}"#, .invalid), (#"{"user_id":{},"exp":1700000060}"#, .invalid),
        (#"{"user_id":"u"}"#, .invalid), (#"{"user_id":"u","exp":"soon"}"#, .malformed),
        (#"{"user_id":"u","exp":1e300}"#, .malformed), (#"{"user_id":"u","exp":1699999995}"#, .expired),
        (#"{"user_id":"u","exp":1699999996}"#, nil), (#"{"user_id":"u","exp":0}"#, .expired),
        (#"{"user_id":"u","exp":1700000060,"nbf":1700000006}"#, .notYetValid),
        (#"{"user_id":"u","exp":1700000060,"nbf":1700000005}"#, nil),
    ])
    func claimsAreJudged(claims: String, code: AuthError.Code?) async throws {
        #expect(try await refusal(token(claims)) == code)
    }

    @Test func expiryCanBeSwitchedOff() async throws {
        let settings = JWTSettings(requiresExpiry: false)
        #expect(try await refusal(token(#"{"user_id":"u"}"#), settings) == nil)
        #expect(try await refusal(token(#"{"user_id":"u","exp":1}"#), settings) == .expired)
    }

    @Test(arguments: ["none", "None", "HS384", "HS512", "RS256", "hs256", ""])
    func otherAlgorithmsAreRefused(name: String) async throws {
        let token = try await token(#"{"user_id":"u","exp":1700000060}"#, header: ["alg": name])
        #expect(try await refusal(token) == .invalid)
        let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(try await refusal(unsigned) == .invalid)
    }

    @Test func algorithmMustBeNamed() async throws {
        #expect(try await refusal(token(#"{"user_id":"u","exp":1700000060}"#, header: ["typ": "JWT"])) == .invalid)
    }

    @Test func unknownExtensionsAreRefused() async throws {
        let header: KeyValuePairs = ["alg": "HS256", "crit": "b64"]
        #expect(try await refusal(token(#"{"user_id":"u","exp":1700000060}"#, header: header)) == .invalid)
    }

    @Test func anotherSecretIsRefused() async throws {
        let token = try await token(#"{"user_id":"u","exp":1700000060}"#, secret: "another secret entirely")
        #expect(try await refusal(token) == .invalid)
    }

    @Test func everyChangedByteIsRefused() async throws {
        let token = Array(try await token(#"{"user_id":"u","exp":1700000060}"#).utf8)
        for index in token.indices {
            var changed = token
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try await refusal(String(decoding: changed, as: UTF8.self)) != nil, "byte \(index)")
        }
    }

    @Test(arguments: ["a", "a.b", "a.b.c", "a.b.c.d", "..", "e30.e30.", "e30=.e30.", "W10.e30.", "é.é.é"])
    func brokenTokensAreRefused(token: String) async throws {
        #expect([.malformed, .invalid].contains(try await refusal(token)))
    }

    @Test func emptyAndLongTokensAreRefused() async throws {
        #expect(try await refusal("") == .missing)
        #expect(try await refusal(String(repeating: "a", count: 4097)) == .tooLarge)
        let padding = String(repeating: "x", count: 4000)
        #expect(try await refusal(token(#"{"user_id":"u","exp":1700000060,"x":"\#(padding)"}"#)) == .tooLarge)
    }

    @Test func shortSecretsMatchTheirPaddedForm() async throws {
        // Signed by Python's hmac module.
        let verifier = JWTVerifier(secret: "short-secret-16b", clock: clock.now)
        let token =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoidSIsImV4cCI6MTcwMDAwMDA2MH0.viFP_o0tY7ZaxPJFJx78oW3HQnGZoQD4csheTARnUbs"
        #expect(try await verifier.verify(token).user.rawValue == "u")
    }
}

@Suite struct TokenCacheTests {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))

    @Test func verifiedTokensAreRememberedFromTheSecondTimeUntilTheyExpire() async throws {
        let verifier = JWTVerifier(secret: JWTVerifierTests.secret, clock: clock.now)
        let user = try #require(UserID("maria"))
        let token = TokenSigner(secret: JWTVerifierTests.secret)
            .token(for: user, lifetime: .seconds(60), now: clock.now()).token
        #expect(verifier.cached(token) == nil)
        let claims = try await verifier.verify(token)
        #expect(verifier.cached(token) == nil, "most tokens come once")
        _ = try await verifier.verify(token)
        #expect(verifier.cached(token) == claims && claims.user == user)
        clock.advance(by: .seconds(64))
        #expect(verifier.cached(token)?.user == user)
        clock.advance(by: .seconds(1))
        #expect(verifier.cached(token) == nil)
        #expect(verifier.cachedCount == 0)
        await #expect(throws: AuthError.self) { try await verifier.verify(token) }
    }

    @Test func refusedTokensAreNotRemembered() async throws {
        let verifier = JWTVerifier(secret: JWTVerifierTests.secret, clock: clock.now)
        await #expect(throws: AuthError.self) { try await verifier.verify("a.b.c") }
        #expect(verifier.cachedCount == 0)
    }

    @Test func memoryIsBoundedAndWhatIsUsedStays() async throws {
        let verifier = JWTVerifier(
            secret: JWTVerifierTests.secret, settings: JWTSettings(cacheLimit: 16), clock: clock.now)
        let signer = TokenSigner(secret: JWTVerifierTests.secret)
        var first: String?
        for number in 0..<100 {
            let user = try #require(UserID("user-\(number)"))
            let token = signer.token(for: user, lifetime: .seconds(60), now: clock.now()).token
            for _ in 0..<2 { _ = try await verifier.verify(token) }
            first = first ?? token
            if let first { #expect(verifier.cached(first) != nil) }
            #expect(verifier.cachedCount <= 16)
        }
    }
}

/// A clock that moves when it is told to.
final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    @Sendable func now() -> Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
