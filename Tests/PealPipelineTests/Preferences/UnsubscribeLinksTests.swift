import PealCore
import PealPipeline
import Testing

@Suite struct UnsubscribeLinksTests {
    private let links = UnsubscribeLinks(secret: Array(repeating: 7, count: 32))
    private let claim = UnsubscribeClaim(user: UserID(trusted: "maria"), type: "like")

    @Test(arguments: [nil, "like", "*", "a.b \"c\"\\ \u{1F680}", ""])
    func aTokenSaysWhatItWasMadeFor(_ type: String?) {
        for user in ["maria", "joão @ home\"", "u\u{301}"] {
            let claim = UnsubscribeClaim(user: UserID(trusted: user), type: type)
            let token = links.token(for: claim)
            #expect(links.claim(of: token) == claim)
            #expect(token.utf8.allSatisfy { $0 == 0x2D || $0 == 0x5F || $0 == 0x2E || (0x30...0x7A).contains($0) })
        }
    }

    /// Whatever is changed in it, it is worth nothing.
    @Test func aTokenThatWasTamperedWithIsNone() throws {
        let token = links.token(for: claim)
        for index in token.indices {
            for other in ["A", "x", "-", ".", ""] where token[index] != Character(other == "" ? " " : other) {
                var changed = token
                changed.replaceSubrange(index...index, with: other)
                // The last character of 32 bytes in base 64 has two bits that mean nothing.
                #expect([nil, claim].contains(links.claim(of: changed)), "\(changed)")
                if index != token.indices.last { #expect(links.claim(of: changed) == nil, "\(changed)") }
            }
        }
        for text in ["", ".", "..", "a.b", token + ".x", String(repeating: "a", count: 5000) + "." + token] {
            #expect(links.claim(of: text) == nil)
        }
    }

    @Test func aSignatureIsGoodForItsOwnClaimAlone() throws {
        let own = links.token(for: claim).split(separator: ".")
        for other in [
            UnsubscribeClaim(user: UserID(trusted: "joao"), type: "like"),
            UnsubscribeClaim(user: claim.user, type: nil), UnsubscribeClaim(user: claim.user, type: "security"),
        ] {
            let payload = links.token(for: other).split(separator: ".")[0]
            #expect(links.claim(of: "\(payload).\(own[1])") == nil)
        }
        #expect(UnsubscribeLinks(secret: Array(repeating: 8, count: 32)).claim(of: links.token(for: claim)) == nil)
        #expect(UnsubscribeLinks.ephemeral().claim(of: links.token(for: claim)) == nil)
    }

    @Test func theStoreKeepsTheSecret() async throws {
        let store = InMemoryStore(renderer: try Templates(), clock: { Timestamp(milliseconds: 1) })
        let token = try await UnsubscribeLinks(store: store).token(for: claim)
        #expect(try await UnsubscribeLinks(store: store).claim(of: token) == claim)
    }

    @Test func headersAreThoseOfTheStandard() {
        let headers = links.headers(for: claim, base: "https://peal.example/p/")
        #expect(headers.map(\.name) == ["List-Unsubscribe", "List-Unsubscribe-Post"])
        #expect(headers[0].value == "<https://peal.example/p/v1/unsubscribe?token=\(links.token(for: claim))>")
        #expect(headers[1].value == "List-Unsubscribe=One-Click")
    }

    @Test(
        arguments: [
            ("https://peal.example", true), ("https://peal.example:8443/x/", true), ("http://localhost:8080", true),
            ("http://127.0.0.1:8080", true), ("http://peal.example", false), ("peal.example", false), ("", false),
            ("https://", false), ("https://a.example?x=1", false), ("https://a.example#x", false),
            ("https://a.example>,<https://b.example", false), ("https://a.example\r\nBcc: x", false),
            ("javascript:alert(1)", false), ("ftp://a.example", false),
        ])
    func linksBeginWhereReadersCanGo(_ base: String, _ isAllowed: Bool) {
        #expect(UnsubscribeLinks.isBase(base) == isAllowed)
    }
}
