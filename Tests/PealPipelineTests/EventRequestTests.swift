import PealCore
import Testing

@testable import PealPipeline

@Suite struct EventRequestTests {
    func parse(_ text: String) throws -> EventRequest {
        try EventRequest(JSON.parse(Array(text.utf8)))
    }

    /// `field code` of each problem.
    func problems(_ text: String) throws -> [String] {
        let json = try JSON.parse(Array(text.utf8))
        do throws(ValidationFailure) {
            _ = try EventRequest(json)
            return []
        } catch {
            return error.problems.map { "\($0.field) \($0.code.rawValue)" }
        }
    }

    @Test func everyFieldIsRead() throws {
        let request = try parse(
            #"""
            {"user_ids":["maria",7,"maria"],"type":"like","actor_id":9,"actor_name":"João","target_type":"post",
             "target_id":42,"title":"T","message":"M\nN","excerpt":"a\nb","metadata":{"k":[1.50]},"url":"/p/42",
             "priority":"high","group":{"key":"k","window":60,"max_age":120,"max_events":3},
             "expires_at":"2026-01-15T10:30:00Z","occurred_at":"2026-01-15T10:00:00-03:00"}
            """#)
        let expected = try EventRequest(
            type: "like", users: [#require(UserID("maria")), #require(UserID("7"))],
            actor: Actor(id: "9", name: "João"), target: Event.Target(type: "post", id: "42"), title: "T",
            message: "M\nN", excerpt: "a b", metadata: #"{"k":[1.50]}"#, url: "/p/42", priority: .high,
            group: .always(key: "k", window: .seconds(60), maximumAge: .seconds(120), maximumEvents: 3),
            expiresAt: Timestamp(iso8601: "2026-01-15T10:30:00Z"),
            occurredAt: Timestamp(iso8601: "2026-01-15T13:00:00Z"))
        #expect(request == expected)
    }

    @Test func anAnswerDoesNotOutgrowARequestThatIsWrongThroughout() throws {
        let fields = (0..<5000).map { "\"x\($0)\":0" }.joined(separator: ",")
        #expect(try problems("{\(fields)}").count == ValidationFailure.limit)
    }

    @Test func nullsAndEmptyTextsAreAbsent() throws {
        let request = try parse(
            #"""
            {"user_id":"u","type":"x","user_ids":null,"actor_id":null,"actor_name":null,"target_type":null,
             "target_id":null,"title":"","message":"","excerpt":null,"metadata":null,"url":null,"priority":null,
             "group":null,"expires_at":null,"occurred_at":null,"topic":null}
            """#)
        #expect(try request == EventRequest(type: "x", users: [#require(UserID("u"))]))
    }

    static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    static let refused: [(String, [String])] = [
        ("[]", [" wrong_type"]), ("7", [" wrong_type"]),
        ("{}", ["user_id required", "type required"]),
        (#"{"user_id":"","type":""}"#, ["user_id invalid", "type invalid"]),
        (#"{"user_id":"u","type":null}"#, ["type required"]),
        (#"{"user_id":"u","user_ids":["v"],"type":"x"}"#, ["user_ids conflict"]),
        (#"{"user_ids":["v"],"user_id":"u","type":"x"}"#, ["user_id conflict"]),
        (#"{"user_ids":[],"type":"x"}"#, ["user_ids required"]),
        (#"{"user_ids":"u","type":"x"}"#, ["user_ids wrong_type"]),
        (
            #"{"user_ids":["u",null,1.5,true,""],"type":"x"}"#,
            ["user_ids[1] wrong_type", "user_ids[2] wrong_type", "user_ids[3] wrong_type", "user_ids[4] invalid"]
        ),
        (#"{"user_ids":["u","\#(long(129))"],"type":"x"}"#, ["user_ids[1] too_long"]),
        (
            #"{"user_ids":[\#(Array(repeating: "1", count: 1001).joined(separator: ","))],"type":"x"}"#,
            ["user_ids too_many"]
        ),
        (#"{"user_id":"a\u0000","type":"x"}"#, ["user_id invalid"]),
        (#"{"user_id":{},"type":[]}"#, ["user_id wrong_type", "type wrong_type"]),
        (#"{"user_id":"u","type":"\#(long(65))"}"#, ["type too_long"]),
        (#"{"user_id":"u","type":"a\nb"}"#, ["type invalid"]),
        (#"{"user_id":"u","type":"x","actor_name":"A"}"#, ["actor_id required"]),
        (#"{"user_id":"u","type":"x","actor_id":"a","actor_name":"\#(long(256))"}"#, ["actor_name too_long"]),
        (#"{"user_id":"u","type":"x","actor_id":"a","actor_name":"a\nb"}"#, ["actor_name invalid"]),
        (#"{"user_id":"u","type":"x","target_id":"1"}"#, ["target_type required"]),
        (#"{"user_id":"u","type":"x","target_type":"\#(long(51))","target_id":"1"}"#, ["target_type too_long"]),
        (#"{"user_id":"u","type":"x","target_type":"p","target_id":1.5}"#, ["target_id wrong_type"]),
        (#"{"user_id":"u","type":"x","title":"\#(long(256))"}"#, ["title too_long"]),
        (#"{"user_id":"u","type":"x","title":7}"#, ["title wrong_type"]),
        (#"{"user_id":"u","type":"x","message":"\#(long(4097))"}"#, ["message too_long"]),
        (#"{"user_id":"u","type":"x","message":"\u0007"}"#, ["message invalid"]),
        (#"{"user_id":"u","type":"x","excerpt":"\#(long(1025))"}"#, ["excerpt too_long"]),
        (#"{"user_id":"u","type":"x","metadata":[]}"#, ["metadata wrong_type"]),
        (#"{"user_id":"u","type":"x","metadata":{"k":"\#(long(16_384))"}}"#, ["metadata too_long"]),
        (#"{"user_id":"u","type":"x","url":"javascript:alert(1)"}"#, ["url invalid"]),
        (#"{"user_id":"u","type":"x","priority":"urgent"}"#, ["priority invalid"]),
        (#"{"user_id":"u","type":"x","priority":1}"#, ["priority invalid"]),
        (#"{"user_id":"u","type":"x","group":true}"#, ["group wrong_type"]),
        (
            #"{"user_id":"u","type":"x","group":{"window":0,"max_age":"1","max_events":1.5,"size":1}}"#,
            ["group.window invalid", "group.max_age invalid", "group.max_events invalid", "group.size unknown_field"]
        ),
        (
            #"{"user_id":"u","type":"x","expires_at":"tomorrow","occurred_at":1}"#,
            ["expires_at invalid", "occurred_at invalid"]
        ),
        (
            #"{"user_id":"u","type":"x","topic":"t","channels":["push"]}"#,
            ["topic conflict"]
        ),
        (#"{"user_id":"u","type":"x","channels":"push"}"#, ["channels wrong_type"]),
        (#"{"user_id":"u","type":"x","channels":["push","fax",1]}"#, ["channels[1] invalid", "channels[2] invalid"]),
        (#"{"topic":"$all","type":"x"}"#, ["topic invalid"]), (#"{"topic":[],"type":"x"}"#, ["topic wrong_type"]),
        (#"{"topic":"$online","type":"x","send_at":"2026-12-01T09:00:00Z"}"#, ["send_at conflict"]),
        (#"{"user_id":"u","type":"x","mesage":"m"}"#, ["mesage unknown_field"]),
        (#"{"user":"u","typ":"x"}"#, ["user unknown_field", "typ unknown_field", "user_id required", "type required"]),
    ]

    @Test(arguments: refused)
    func problemsNameTheField(text: String, expected: [String]) throws {
        #expect(try problems(text) == expected)
    }

    @Test func limitsAreInclusive() throws {
        let long = Self.long
        let users = (0..<1000).map { "\($0)" }.joined(separator: ",")
        let text = #"""
            {"user_ids":[\#(users)],"type":"\#(long(64))","actor_id":"\#(long(128))","actor_name":"\#(long(255))",
            "target_type":"\#(long(50))","target_id":"\#(long(255))","title":"\#(long(255))","message":"\#(long(4096))",
            "excerpt":"\#(long(1024))","metadata":{"k":"\#(long(16_376))"}}
            """#
        #expect(try problems(text) == [])
    }

    @Test func theCallersOwnFieldsAreLeftAlone() throws {
        let json = try JSON.parse(Array(#"{"user_id":"u","type":"x","idempotency_key":"k"}"#.utf8))
        #expect(throws: ValidationFailure.self) { try EventRequest(json) }
        _ = try EventRequest(json, extraFields: ["idempotency_key"])
    }
}

@Suite struct SafeURLTests {
    @Test(arguments: [
        "https://example.com", "http://example.com/a?b#c", "HTTPS://EXAMPLE.COM/", "/posts/42", "/", "posts/42",
        "?page=2", "#top", "/a:b", "./a:b", "https://[::1]:8080/x", "/caminho/é",
    ])
    func linksThatStayOnTheWebPass(url: String) { #expect(SafeURL.isAllowed(url)) }

    @Test(arguments: [
        "", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "ftp://example.com", "mailto:a@b", "//evil.example", "/\\evil.example", "\\\\evil", "https://", "http:///x",
        "http:evil", "https://user:pw@evil.example/", " https://a", "https://a b", "java\nscript:x",
        "\u{1}javascript:x",
        "a:b",
    ])
    func othersAreRefused(url: String) { #expect(!SafeURL.isAllowed(url)) }
}

@Suite struct FingerprintTests {
    func fingerprint(_ text: String) throws -> UInt64 {
        try JSON.parse(Array(text.utf8)).fingerprint(ignoring: "idempotency_key")
    }

    @Test func orderAndSpacingDoNotMatter() throws {
        let first = try fingerprint(#"{"a":1,"b":{"c":[1,2],"d":null}}"#)
        #expect(try fingerprint(#" { "b" : {"d":null,"c":[1,2]}, "a":1 , "idempotency_key":"k"}"#) == first)
        #expect(try fingerprint(#"{"a":1,"b":{"c":[2,1],"d":null}}"#) != first)
        #expect(try fingerprint(#"{"a":2,"b":{"c":[1,2],"d":null}}"#) != first)
    }

    /// It is kept in databases: another digest would turn every repeated request into a conflict.
    @Test func digestNeverChanges() throws {
        #expect(try fingerprint("{}") == 0x4413_6FA3_55B3_678A)
    }
}
