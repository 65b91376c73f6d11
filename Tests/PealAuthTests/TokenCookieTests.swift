import Testing

@testable import PealAuth

@Suite struct TokenCookieTests {
    @Test(arguments: [
        (["peal=a.b.c"], ["a.b.c"]), (["x=1; peal=a.b.c; y=2"], ["a.b.c"]), (["x=1", " peal=\"a.b.c\" "], ["a.b.c"]),
        (["peal=1;peal=2"], ["1", "2"]), (["pealx=1; xpeal=2; PEAL=3; peal; peal="], []), ([], []), ([";;=;"], []),
        (["peal=a=b"], ["a=b"]),
    ])
    func aCookieIsFoundByItsName(fields: [String], values: [String]) {
        #expect(TokenCookie.values(of: "peal", in: fields) == values)
    }

    @Test(
        arguments: [
            ("https://app.example", nil, "app.example", true),
            ("http://app.example:8080", nil, "app.example:8080", true),
            ("https://listed.example", nil, "app.example", true), ("HTTPS://LISTED.example", nil, "app.example", true),
            ("https://evil.example", nil, "app.example", false),
            ("https://evil.example", "same-origin", "app.example", false),
            ("https://app.example.evil", nil, "app.example", false), ("null", nil, "null", false),
            ("https://app.example:1", nil, "app.example", false), ("ftp://app.example", nil, "app.example", false),
            ("*", nil, "app.example", false), ("https://app.example", nil, nil, false),
            (nil, "same-origin", "app.example", true), (nil, "same-site", "app.example", false),
            (nil, "cross-site", "app.example", false), (nil, "none", "app.example", false),
            (nil, nil, "app.example", false),
        ] as [(String?, String?, String?, Bool)])
    func itCountsForPagesOfThisHostOnly(origin: String?, site: String?, host: String?, isOwn: Bool) {
        let listed: Set = ["https://listed.example", "*"]
        #expect(TokenCookie.isOwn(origin: origin, fetchSite: site, host: host, listed: listed) == isOwn)
    }
}
