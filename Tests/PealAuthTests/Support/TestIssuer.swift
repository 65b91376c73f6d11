import Crypto
import CryptoExtras
import PealCore
import Synchronization

@testable import PealAuth

/// Somebody else who signs tokens: has one private key, and tells its public half.
struct TestIssuer: Sendable {
    private let key = P256.Signing.PrivateKey()
    var kid: String?

    var pem: String { key.publicKey.pemRepresentation }

    /// The public half as a JWK.
    func jwk(_ extra: String = "") -> String {
        let point = key.publicKey.rawRepresentation
        let (x, y) = (Base64URL.encode(point.prefix(32)), Base64URL.encode(point.suffix(32)))
        let name = kid.map { #","kid":"\#($0)""# } ?? ""
        return #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"\#(name)\#(extra)}"#
    }

    func token(
        _ claims: String = #"{"sub":"maria","exp":1700000060}"#, header: String = ""
    ) throws -> String {
        let name = kid.map { #","kid":"\#($0)""# } ?? ""
        let head = #"{"alg":"ES256"\#(name)\#(header)}"#
        let input = Base64URL.encode(Array(head.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        return input + "." + Base64URL.encode(try key.signature(for: Array(input.utf8)).rawRepresentation)
    }
}

func jwks(_ keys: String...) -> String { #"{"keys":["# + keys.joined(separator: ",") + "]}" }

/// A place whose keys change when a test says so, and that counts how often it was read.
final class KeyPlaceDouble: Sendable {
    private let state = Mutex<(text: String?, reads: Int)>((nil, 0))

    init(_ text: String?) { state.withLock { $0.text = text } }

    var text: String? {
        get { state.withLock { $0.text } }
        set { state.withLock { $0.text = newValue } }
    }

    var reads: Int { state.withLock { $0.reads } }

    func read(_ location: KeyLocation) async throws(KeyError) -> [UInt8] {
        await Task.yield()
        guard
            let text = state.withLock({ state in
                state.reads += 1; return state.text
            })
        else {
            throw KeyError("cannot be read")
        }
        return Array(text.utf8)
    }
}
