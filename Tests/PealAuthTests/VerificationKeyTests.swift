import PealCore
import Testing

@testable import PealAuth

@Suite struct VerificationKeyTests {
    private func key(_ algorithm: SignatureAlgorithm) throws -> VerificationKey {
        switch algorithm {
        case .hs256: .secret(KeyFixtures.secret, .hs256)
        case .hs384: .secret(KeyFixtures.secret, .hs384)
        case .hs512: .secret(KeyFixtures.secret, .hs512)
        case .rs256, .rs384, .rs512, .ps256: try PEMKeys.parse(KeyFixtures.rsa, algorithm: algorithm)[0]
        case .es256: try PEMKeys.parse(KeyFixtures.p256, algorithm: nil)[0]
        case .es384: try PEMKeys.parse(KeyFixtures.p384, algorithm: nil)[0]
        case .edDSA: try PEMKeys.parse(KeyFixtures.ed25519, algorithm: nil)[0]
        }
    }

    @Test(arguments: KeyFixtures.tokens)
    func openSSLsSignaturesAreVerified(algorithm: SignatureAlgorithm, text: String) throws {
        let token = try CompactToken(text)
        #expect(try token.algorithm() == algorithm)
        try token.check(algorithm, against: [key(algorithm)])
        #expect(Set(KeyFixtures.tokens.map(\.algorithm)) == Set(SignatureAlgorithm.allCases))
    }

    @Test(arguments: KeyFixtures.tokens)
    func noOtherKeyAndNoOtherBytesWillDo(algorithm: SignatureAlgorithm, text: String) throws {
        let token = try CompactToken(text)
        let right = try key(algorithm)
        for other in SignatureAlgorithm.allCases where other != algorithm {
            #expect(try !key(other).isValid(token.signature, for: token.signingInput), "\(other)")
        }
        #expect(!right.isValid(token.signature, for: token.signingInput + [0]))
        #expect(!right.isValid([], for: token.signingInput))
        #expect(!right.isValid(token.signature.dropLast() + [], for: token.signingInput))
        #expect(!right.isValid(token.signature + [0], for: token.signingInput))
        for index in [0, token.signature.count / 2, token.signature.count - 1] {
            var signature = token.signature
            signature[index] ^= 1
            #expect(!right.isValid(signature, for: token.signingInput), "byte \(index)")
        }
    }

    /// The examples of the standards: key, what is signed, signature.
    @Test(arguments: [
        (  // RFC 7515 A.1
            #"{"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ),
        (  // RFC 7515 A.2
            #"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        ),
        (  // RFC 7515 A.3
            #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        ),
        (  // RFC 8037 A.4
            #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        ),
    ])
    func theStandardsExamplesAreVerified(jwk: String, input: String, signature: String) throws {
        let key = try JSONWebKeys.parse(Array(jwk.utf8), algorithm: nil, allowsSecrets: true)[0]
        let bytes = try #require(Base64URL.decode(signature.utf8))
        #expect(key.isValid(bytes, for: Array(input.utf8)))
        #expect(!key.isValid(bytes, for: Array(input.utf8.dropLast())))
    }
}

@Suite struct KeyDocumentTests {
    @Test func pemTellsTheKindOfAKey() throws {
        for (pem, algorithm) in [
            (KeyFixtures.rsa, SignatureAlgorithm.rs256), (KeyFixtures.rsaPKCS1, .rs256), (KeyFixtures.p256, .es256),
            (KeyFixtures.p384, .es384), (KeyFixtures.ed25519, .edDSA),
        ] {
            #expect(try PEMKeys.parse(pem, algorithm: nil).map(\.algorithm) == [algorithm])
            #expect(try PEMKeys.parse(pem.replacing("\n", with: "\r\n"), algorithm: nil).count == 1)
        }
        let several = KeyFixtures.rsa + "\n" + KeyFixtures.p256 + "\n"
        #expect(try PEMKeys.parse(several, algorithm: nil).count == 2)
        #expect(try PEMKeys.parse(KeyFixtures.rsa, algorithm: .ps256)[0].algorithm == .ps256)
    }

    @Test(arguments: [
        ("", "no key"), ("hello", "no key"), (KeyFixtures.short, "2048"), (KeyFixtures.p521, "P-384"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n", "without an end"),
        ("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----", "broken"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "not RSA"),
        ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----", "private"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate"),
        ("-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----", "DH PARAMETERS"),
    ])
    func otherFilesSayWhatIsWrong(text: String, reason: String) {
        #expect { try PEMKeys.parse(text, algorithm: nil) } throws: { "\($0)".contains(reason) }
    }

    @Test func anAlgorithmOfAnotherKindIsRefused() {
        #expect(throws: KeyError.self) { try PEMKeys.parse(KeyFixtures.p256, algorithm: .rs256) }
        #expect(throws: KeyError.self) { try PEMKeys.parse(KeyFixtures.rsa, algorithm: .hs256) }
    }

    private func parse(_ text: String, allowsSecrets: Bool = true) throws -> [VerificationKey] {
        try JSONWebKeys.parse(Array(text.utf8), algorithm: nil, allowsSecrets: allowsSecrets)
    }

    @Test func aSetHoldsKeysByName() throws {
        let keys = try parse(jwks(TestIssuer(kid: "a").jwk(), TestIssuer(kid: "b").jwk(#","alg":"ES256","use":"sig""#)))
        #expect(keys.map(\.id) == ["a", "b"])
        #expect(keys.map(\.algorithm) == [.es256, .es256])
        #expect(try parse(TestIssuer().jwk()).map(\.id) == [nil])
        #expect(try parse(TestIssuer().jwk(#","key_ops":["verify"]"#)).count == 1)
    }

    @Test(arguments: [
        TestIssuer().jwk(#","use":"enc""#), TestIssuer().jwk(#","key_ops":["sign"]"#),
        TestIssuer().jwk(#","alg":"RS256""#), TestIssuer().jwk(#","alg":"none""#), TestIssuer().jwk(#","alg":7"#),
        #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"AAAA"}"#,
        #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}"#,
        #"{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
        #"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        #"{"kty":"oct","k":"c2hvcnQ"}"#, #"{"kty":"oct"}"#, #"{}"#, #"{"keys":[]}"#, #"{"keys":[1,"a",null]}"#,
    ])
    func keysThatCannotVerifyArePassedOver(jwk: String) throws {
        #expect(throws: KeyError.self) { try parse(jwk) }
        guard !jwk.contains("keys") else { return }
        #expect(try parse(jwks(jwk, TestIssuer(kid: "good").jwk())).map(\.id) == ["good"])
    }

    @Test func aSecretIsNotTakenFromWhereEverybodyCanReadIt() throws {
        let secret = #"{"kty":"oct","alg":"HS512","k":"MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6"}"#
        #expect(try parse(secret).map(\.algorithm) == [.hs512])
        #expect(throws: KeyError.self) { try parse(secret, allowsSecrets: false) }
        let bytes = Array(secret.utf8)
        #expect(try KeyLocation("keys.json").keys(in: bytes).count == 1)
        #expect(throws: KeyError.self) { try KeyLocation("https://idp.example/keys").keys(in: bytes) }
    }

    @Test func documentsAreBounded() {
        let many = jwks().replacing("[]", with: "[" + Array(repeating: "{}", count: 65).joined(separator: ",") + "]")
        #expect(throws: KeyError.self) { try parse(many) }
        let long = Array(repeating: UInt8(ascii: " "), count: KeyLocation.byteLimit + 1)
        #expect(throws: KeyError.self) { try KeyLocation("x").keys(in: long) }
        #expect(throws: KeyError.self) { try KeyLocation("x").keys(in: []) }
    }

    @Test(arguments: [
        ("/etc/peal/idp.pem", KeyLocation.Place.file("/etc/peal/idp.pem"), nil), ("keys.json", .file("keys.json"), nil),
        ("PS256=/etc/idp.pem", .file("/etc/idp.pem"), SignatureAlgorithm.ps256),
        ("https://idp.example/jwks?x=1", .url("https://idp.example/jwks?x=1"), nil),
        ("http://localhost:9000/k", .url("http://localhost:9000/k"), nil),
        ("http://127.0.0.1/k", .url("http://127.0.0.1/k"), nil),
        ("http://[::1]:9/k", .url("http://[::1]:9/k"), nil),
    ])
    func placesAreFilesOrAddresses(text: String, place: KeyLocation.Place, algorithm: SignatureAlgorithm?) throws {
        let location = try KeyLocation(text)
        #expect(location.place == place && location.algorithm == algorithm)
        #expect("\(location)" == text)
    }

    @Test(arguments: [
        "", "RS256=", "http://idp.example/jwks", "http://127.0.0.1.evil.example/k", "http://localhost@evil.example/",
        "https://", "https://user:password@idp.example/", "HTTP://evil.example/",
    ])
    func otherPlacesAreRefused(text: String) { #expect(throws: KeyError.self) { try KeyLocation(text) } }
}
