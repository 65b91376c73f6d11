import PealCore
import Testing

@testable import PealAuth

/// What people try in order to get in with a token of their own making (RFC 8725 §2).
@Suite struct HostileTokenTests {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
    let issuer = TestIssuer(kid: "right")
    let attacker = TestIssuer(kid: "wrong")
    private let place: KeyPlaceDouble

    init() { place = KeyPlaceDouble(jwks(issuer.jwk())) }

    private func refusal(
        _ token: String, at locations: [String] = ["https://idp.example/jwks"], _ settings: JWTSettings = JWTSettings()
    ) async throws -> AuthError.Code? {
        let keys = TokenKeys(
            secret: nil, locations: try locations.map { try KeyLocation($0) }, clock: clock.now, reader: place.read)
        let verifier = JWTVerifier(keys: keys, settings: settings, clock: clock.now)
        do throws(AuthError) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func aPublicKeyIsNoSecret() async throws {
        // Signed with HMAC, the key being the PEM or the JWKS that everybody can read.
        for document in [KeyFixtures.rsa, KeyFixtures.rsa + "\n", issuer.pem, jwks(issuer.jwk())] {
            place.text = document
            for algorithm in SecretAlgorithm.allCases {
                let signer = TokenSigner(secret: document, algorithm: algorithm)
                let (token, _) = signer.token(for: UserID(trusted: "maria"), lifetime: .seconds(60), now: clock.now())
                #expect(try await refusal(token) == .invalid, "\(algorithm)")
                let header: KeyValuePairs = ["alg": algorithm.rawValue, "kid": "right"]
                let named = signer.sign(header: header, payload: .object([JSON.Member("sub", .string("maria"))]))
                #expect(try await refusal(named) == .invalid, "\(algorithm)")
            }
        }
    }

    @Test(arguments: ["none", "None", "NONE", "nOnE", ""])
    func unsignedTokensAreRefused(name: String) async throws {
        let head = Base64URL.encode(Array(#"{"alg":"\#(name)","kid":"right"}"#.utf8))
        let payload = Base64URL.encode(Array(#"{"sub":"maria","exp":1700000060}"#.utf8))
        for signature in ["", "AAAA"] {
            #expect(try await refusal("\(head).\(payload).\(signature)") == .invalid)
        }
        #expect(place.reads == 0, "what can never be accepted makes nobody fetch keys")
    }

    @Test func keysInTheHeaderAreIgnored() async throws {
        let stranger = TestIssuer()
        for header in [
            #","jwk":\#(stranger.jwk())"#, #","jku":"https://evil.example/keys""#, #","x5u":"https://evil.example/c""#,
            #","x5c":["MIIB"],"jwk":\#(stranger.jwk()),"kid":"right""#,
        ] {
            #expect(try await refusal(stranger.token(header: header)) == .invalid)
        }
        #expect(try await refusal(issuer.token(header: #","jku":"https://evil.example/keys""#)) == nil)
    }

    @Test func anotherKeyUnderTheRightNameIsRefused() async throws {
        #expect(try await refusal(TestIssuer(kid: "right").token()) == .invalid)
        #expect(try await refusal(attacker.token()) == .invalid)
    }

    @Test func theKeyDecidesTheAlgorithm() async throws {
        // An RSA key that is for PS256 takes no RS256, though the signature is right.
        place.text = KeyFixtures.rsa
        for (algorithm, token) in KeyFixtures.tokens {
            let isRight = algorithm == .ps256
            #expect(try await refusal(token, at: ["PS256=idp.pem"]) == (isRight ? nil : .invalid), "\(algorithm)")
        }
    }

    @Test func extensionsThatMustBeUnderstoodAreRefused() async throws {
        for extra in [#","crit":["exp"]"#, #","crit":["b64"],"b64":false"#, #","crit":[]"#, #","crit":null"#] {
            #expect(try await refusal(issuer.token(header: extra)) == .invalid, "\(extra)")
        }
    }

    @Test func oversizedTokensAreNotLookedAt() async throws {
        let padding = String(repeating: "x", count: 4096)
        #expect(try await refusal(issuer.token(#"{"sub":"m","exp":1700000060,"x":"\#(padding)"}"#)) == .tooLarge)
        #expect(place.reads == 0)
    }

    @Test(arguments: [
        (#""exp":1700000060"#, nil), (#""exp":1699999995"#, AuthError.Code.expired), (#""exp":1699999996"#, nil),
        (#""exp":1700000060,"nbf":1700000006"#, .notYetValid), (#""exp":1700000060,"nbf":1700000005"#, nil),
        (#""exp":1700000060,"iat":1700000006"#, .notYetValid), (#""exp":1700000060,"iat":1700000005"#, nil),
        (#""exp":1700000060,"iat":"now""#, .malformed), (#""iat":1699999999"#, .invalid),
    ])
    func timesAreCheckedWithFiveSecondsLeeway(claims: String, code: AuthError.Code?) async throws {
        #expect(try await refusal(issuer.token(#"{"sub":"m",\#(claims)}"#)) == code)
    }

    @Test(arguments: [
        (#""iss":"https://idp.example","aud":"peal""#, true), (#""iss":"second","aud":["x","peal"]"#, true),
        (#""iss":"https://idp.example/","aud":"peal""#, false), (#""iss":"second","aud":"other""#, false),
        (#""iss":"second","aud":["x"]"#, false), (#""iss":"second","aud":[]"#, false), (#""iss":"second""#, false),
        (#""aud":"peal""#, false), (#""iss":["second"],"aud":"peal""#, false),
        (#""iss":"second","aud":{"peal":1}"#, false),
        (#""iss":"second","aud":null"#, false), (#""iss":"second","aud":[["peal"]]"#, false),
    ])
    func issuerAndAudienceAreCheckedWhereTheyAreSet(claims: String, isAccepted: Bool) async throws {
        let settings = JWTSettings(audience: ["peal"], issuer: ["https://idp.example", "second"])
        let token = try issuer.token(#"{"sub":"m","exp":1700000060,\#(claims)}"#)
        #expect(try await refusal(token, settings) == (isAccepted ? nil : .invalid))
        #expect(try await refusal(token) == nil)
    }

    private func refusal(_ token: String, _ settings: JWTSettings) async throws -> AuthError.Code? {
        try await refusal(token, at: ["https://idp.example/jwks"], settings)
    }

    @Test(arguments: SecretAlgorithm.allCases)
    func aSecretIsForOneAlgorithm(own: SecretAlgorithm) async throws {
        let keys = TokenKeys(secret: KeyFixtures.secret, algorithm: own, clock: clock.now)
        let verifier = JWTVerifier(keys: keys, clock: clock.now)
        for other in SecretAlgorithm.allCases {
            let signer = TokenSigner(secret: KeyFixtures.secret, algorithm: other)
            let (token, _) = signer.token(for: UserID(trusted: "maria"), lifetime: .seconds(60), now: clock.now())
            let isAccepted = (try? await verifier.verify(token)) != nil
            #expect(isAccepted == (own == other), "\(other)")
        }
    }

    @Test func whatIsSignedHereNamesIssuerAndAudience() async throws {
        let settings = JWTSettings(audience: ["peal", "other"], issuer: ["us"])
        let keys = TokenKeys(secret: KeyFixtures.secret, clock: clock.now)
        let signer = TokenSigner(secret: KeyFixtures.secret, settings: settings)
        let (token, _) = signer.token(for: UserID(trusted: "maria"), lifetime: .seconds(60), now: clock.now())
        let claims = try await JWTVerifier(keys: keys, settings: settings, clock: clock.now).verify(token)
        #expect(claims.user.rawValue == "maria")
    }
}
