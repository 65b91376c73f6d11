import NIOHTTP1
import Testing

@testable import PealGateway

@Suite struct DoorkeeperTests {
    /// Of a request to `host.example`, unless the fields name another.
    private func head(_ target: String, method: String = "GET", _ fields: [(String, String)] = []) -> RequestHead {
        let host = fields.contains { $0.0 == "host" } ? [] : [("host", "host.example")]
        return RequestHead(
            method: method, target: target, isHTTP11: true, fields: (host + fields).map { (name: $0.0, value: $0.1) })
    }

    private func parse(_ text: String) -> RequestHead? {
        Array(text.utf8).withUnsafeBytes { HeadParser.parse($0) }
    }

    @Test func parsesAHead() {
        let head = parse("GET /a?b HTTP/1.1\r\nHost: x\r\nX-Y:  z \r\nEmpty:\r\n\r\n")
        #expect(head?.method == "GET" && head?.path == "/a")
        #expect(head?.field("x-y") == "z")
        #expect(head?.field("empty") == "")
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nA\r\n\r\n", "GET / HTTP/1.1\r\n A: b\r\n\r\n", "GET / HTTP/1.1\r\nA : b\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\nA: b\n\n", "GET /\u{7f} HTTP/1.1\r\n\r\n",
        "GET * HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA: b\u{1}\r\n\r\n", "G@T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 65) + "\r\n",
    ])
    func leavesWhatIsNotWellFormedToTheParser(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func findsTheEndHoweverItIsCut() {
        let bytes = Array("GET / HTTP/1.1\r\nA: b\r\n\r\nrest".utf8)
        for cut in 0..<bytes.count {
            bytes.withUnsafeBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[..<cut])
                #expect(HeadParser.end(of: part, from: 0) == (cut >= 24 ? 24 : nil))
                #expect(HeadParser.end(of: bytes, from: min(cut, 24)) == 24)
            }
        }
    }

    @Test func aDevelopmentServerAnswersToItsOwnNamesOnly() {
        var settings = GatewaySettings()
        settings.requiresLoopbackHost = true
        let doorkeeper = Doorkeeper(settings)
        for (fields, isAllowed) in [
            ([("host", "localhost:8080")], true), ([("host", "[::1]:8080")], true), ([("host", "evil.example")], false),
        ] as [([(String, String)], Bool)] {
            let request = head("/v1/sync", fields + [("authorization", "Bearer x")])
            let admission = doorkeeper.admit(request)
            switch admission {
            case .answer(let answer): #expect(!isAllowed && answer.status == .misdirectedRequest)
            default: #expect(isAllowed)
            }
        }
    }

    @Test func queries() {
        let query = QueryString(of: "/p?a=1&b=%C3%A9+x&c&a=2&d=%zz#e=3")
        #expect(query["a"] == "1")
        #expect(query.all("a") == ["1", "2"])
        #expect(query["b"] == "é x")
        #expect(query["c"] == "")
        #expect(query["d"] == "%zz")
        #expect(query["e"] == nil)
        #expect(QueryString(of: "/p")["a"] == nil)
    }

    @Test(arguments: [
        ([], "https://evil.example", true), (["https://app.example"], "https://app.example", true),
        (["https://app.example"], "HTTPS://APP.example", true),
        (["https://app.example"], "https://evil.example", false),
        (["https://app.example"], "https://host.example", true), (["https://app.example"], "null", false),
        (["https://app.example"], "https://host.example.evil", false), (["*"], "null", true),
    ])
    func origins(listed: [String], origin: String, isAllowed: Bool) {
        let rule = OriginRule(listed)
        #expect(rule.allows(head("/", [("host", "host.example"), ("origin", origin)])) == isAllowed)
        #expect(rule.allows(head("/", [("host", "host.example")])))
    }

    @Test func aLaterHeaderOfTheSameNameCannotSmuggleAToken() {
        let doorkeeper = Doorkeeper(GatewaySettings())
        let two = head("/v1/sse", [("authorization", "Bearer a"), ("authorization", "Bearer b")])
        guard case .answer(let answer) = doorkeeper.admit(two) else {
            Issue.record("expected an answer")
            return
        }
        #expect(answer.status.code == 400)
    }

    @Test(
        arguments: [
            (["content-length": "0"], true), (["content-length": "0,0"], false), (["content-length": "00"], false),
            (["content-length": "0", "Content-Length": "5"], false), (["transfer-encoding": "chunked"], false),
            (["transfer-encoding": ""], false), ([:], true),
        ] as [(KeyValuePairs<String, String>, Bool)])
    func aBodyIsRefusedHoweverItIsAnnounced(fields: KeyValuePairs<String, String>, isAllowed: Bool) {
        let doorkeeper = Doorkeeper(GatewaySettings())
        let announced = fields.map { ($0.key.lowercased(), $0.value) }
        let poll = head("/v1/sync", announced + [("authorization", "bearer t")])
        let preflight = head(
            "/v1/sync", method: "OPTIONS", announced + [("origin", "a"), ("access-control-request-method", "GET")])
        for request in [poll, preflight] {
            var status: UInt = 200
            if case .answer(let answer) = doorkeeper.admit(request) {
                status = answer.status.code
            }
            #expect((status == 400) == !isAllowed)
        }
    }

    @Test func limitsAndWaits() {
        let doorkeeper = Doorkeeper(GatewaySettings())
        let poll = head("/v1/sync?wait=9999&limit=500&since=x", [("authorization", "bearer t")])
        guard case .gateway(let request) = doorkeeper.admit(poll) else {
            Issue.record("expected an admission")
            return
        }
        #expect(request.kind == .longPoll(wait: .seconds(60)))
        #expect(request.limit == 200 && request.since == "x" && request.credential == .token("t"))
    }
}
