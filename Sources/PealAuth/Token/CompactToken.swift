import PealCore

/// The three parts of a compact JWS (RFC 7515 §3.1), decoded but not yet believed.
struct CompactToken {
    let header: JSON
    let payload: JSON
    let signature: [UInt8]
    let signingInput: [UInt8]

    init(_ token: String) throws(AuthError) {
        guard token.utf8.count <= JWTSettings.tokenByteLimit else {
            throw AuthError(.tooLarge, "the token is longer than \(JWTSettings.tokenByteLimit) bytes")
        }
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw AuthError(.malformed, "the token does not have three parts") }
        header = try Self.object(parts[0], "header")
        payload = try Self.object(parts[1], "payload")
        guard let signature = Base64URL.decode(parts[2]) else {
            throw AuthError(.malformed, "the token's signature is not base64url")
        }
        // Extensions that must be understood (RFC 7515 §4.1.11): there are none here.
        guard header["crit"] == nil else {
            throw AuthError(.invalid, "the token asks for an extension that is not known (crit)")
        }
        self.signature = signature
        signingInput = Array(bytes[..<parts[1].endIndex])
    }

    private static func object(_ part: ArraySlice<UInt8>, _ name: String) throws(AuthError) -> JSON {
        guard let bytes = Base64URL.decode(part), let json = try? JSON.parse(bytes), json.members != nil else {
            throw AuthError(.malformed, "the token's \(name) is not a JSON object in base64url")
        }
        return json
    }

    /// What it says that it is signed with.
    func algorithm() throws(AuthError) -> SignatureAlgorithm {
        guard let algorithm = header["alg"]?.string.flatMap(SignatureAlgorithm.init(name:)) else {
            throw AuthError(.invalid, "the token is signed with an algorithm that is not taken")
        }
        return algorithm
    }

    /// Throws unless one of the keys made the signature with its own algorithm.
    func check(_ algorithm: SignatureAlgorithm, against keys: [VerificationKey]) throws(AuthError) {
        let keys = keys.filter { $0.algorithm == algorithm }
        guard !keys.isEmpty else {
            throw AuthError(.invalid, "no key is there for tokens signed with \(algorithm.rawValue)")
        }
        guard keys.contains(where: { $0.isValid(signature, for: signingInput) }) else {
            throw AuthError(.invalid, "the token's signature is wrong")
        }
    }
}
