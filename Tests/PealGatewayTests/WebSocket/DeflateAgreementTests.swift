import Testing

@testable import PealGateway

/// RFC 7692 §5 and §7.1: what a client may offer, and what it is answered.
@Suite struct DeflateAgreementTests {
    private func answer(_ fields: String...) -> String? {
        let head = RequestHead(
            method: "GET", target: "/", isHTTP11: true, fields: fields.map { ("sec-websocket-extensions", $0) })
        return ExtensionOffer.all(in: head).flatMap { DeflateAgreement(firstOf: $0) }?.answer
    }

    private static let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    @Test(arguments: [
        "permessage-deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=9", "permessage-deflate;server_no_context_takeover",
        "permessage-deflate ; client_no_context_takeover", #"permessage-deflate; client_max_window_bits="10""#,
        "x-webkit-deflate-frame, permessage-deflate", ",, permessage-deflate ,",
        "permessage-deflate; unknown, permessage-deflate", "foo; bar=baz; x=\"y\", permessage-deflate",
    ])
    func accepted(offer: String) {
        #expect(answer(offer) == Self.plain)
    }

    @Test(arguments: [
        "", "foo", "permessage-deflate; unknown", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=x", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=08", "permessage-deflate; server_max_window_bits=+9",
        "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=0x9",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover", "deflate", "permessage-deflate2",
    ])
    func declined(offer: String) {
        #expect(answer(offer) == nil)
    }

    @Test(arguments: [
        "permessage-deflate;", "permessage-deflate; =9", "permessage-deflate; a=", "permessage-deflate; a=\"",
        "permessage-deflate; a=\"b c\"", "permessage-deflate; a=\"\"", "permessage deflate", "a; b=c d", "\"a\"",
        "permessage-deflate; a=\"\\",
    ])
    func malformed(offer: String) {
        #expect(ExtensionOffer.parse(offer) == nil)
    }

    @Test func aSmallerWindowIsKeptTo() {
        #expect(answer("permessage-deflate; server_max_window_bits=15") == Self.plain + "; server_max_window_bits=12")
        #expect(answer("permessage-deflate; server_max_window_bits=12") == Self.plain + "; server_max_window_bits=12")
        #expect(answer("permessage-deflate; server_max_window_bits=9") == Self.plain + "; server_max_window_bits=9")
        for (bits, compression) in [(9, Compression.inbound), (11, .inbound), (12, .both), (15, .both)] {
            let offers = ExtensionOffer.parse("permessage-deflate; server_max_window_bits=\(bits)") ?? []
            #expect(DeflateAgreement(firstOf: offers)?.compression == compression, "\(bits)")
        }
    }

    @Test func theFirstOfferThatCanBeHonouredWins() {
        #expect(
            answer(
                "permessage-deflate; server_max_window_bits=99, permessage-deflate; server_max_window_bits=13",
                "permessage-deflate")
                == Self.plain + "; server_max_window_bits=12")
    }

    @Test func quotedValuesAreUnquoted() {
        #expect(
            ExtensionOffer.parse(#"a; b="c\d" , e"#)
                == [
                    ExtensionOffer(name: "a", parameters: [.init(name: "b", value: "cd")]), ExtensionOffer(name: "e"),
                ])
    }
}
