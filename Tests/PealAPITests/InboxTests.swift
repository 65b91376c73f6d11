import HTTPTypes
import PealCore
import Testing

@testable import PealAPI

@Suite struct InboxTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    /// So many notifications, a second apart; the newest has the greatest number.
    func fill(_ count: Int) async throws {
        for number in 0..<count {
            try await server.notify(#""user_id":"m","type":"t\#(number % 2)","message":"\#(number)""#)
            server.clock.advance(by: .seconds(1))
        }
    }

    func messages(_ answer: Answer) -> [Int] { answer.rows.compactMap { $0["message"]?.string.flatMap { Int($0) } } }

    @Test func anEmptyListHasItsCounts() async throws {
        let answer = try await server.get("/v1/notifications", as: "nobody")
        #expect(answer.status == 200)
        #expect(
            answer.json.members?.map(\.name) == [
                "notifications", "cursor", "seq", "unread_count", "unseen_count", "next_cursor",
            ])
        #expect(answer["seq"]?.integer == 0)
        #expect(answer["next_cursor"] == .null)
        #expect(answer["cursor"]?.string.flatMap { Cursor($0) }?.seq == 0)
        #expect(answer.headers[.cacheControl] == "private, no-cache")
        #expect(answer.headers[.vary] == "Authorization, Origin")
    }

    @Test func theNewestComesFirst() async throws {
        try await fill(3)
        let answer = try await server.get("/v1/notifications", as: "m")
        #expect(messages(answer) == [2, 1, 0])
        #expect(answer["unread_count"]?.integer == 3)
        #expect(answer["seq"]?.integer == 3)
        #expect(answer["cursor"]?.string.flatMap { Cursor($0) }?.seq == 3)
    }

    @Test func pagesHaveTheirDefaultsAndLimits() async throws {
        try await fill(60)
        #expect(try await server.get("/v1/notifications", as: "m").rows.count == 50)
        #expect(try await server.get("/notifications", as: "m").rows.count == 20)
        #expect(try await server.get("/v1/notifications?limit=200", as: "m").rows.count == 60)
        #expect(messages(try await server.get("/notifications?limit=2&offset=3", as: "m")) == [56, 55])
        #expect(try await server.get("/notifications?offset=60", as: "m").rows.isEmpty)
    }

    @Test func pagesFollowEachOtherWithoutGapOrOverlap() async throws {
        try await fill(25)
        var seen: [Int] = []
        var cursor: String?
        repeat {
            let query = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try await server.get("/v1/notifications?limit=10\(query)", as: "m")
            seen += messages(page)
            cursor = page["next_cursor"]?.string
            // What comes in meanwhile belongs before the first page.
            try await server.notify(#""user_id":"m","type":"late""#)
            server.clock.advance(by: .seconds(1))
        } while cursor != nil && seen.count < 100
        #expect(seen == (0..<25).reversed())
    }

    @Test func listsCanBeFiltered() async throws {
        try await fill(4)
        let ids = try await server.get("/v1/notifications", as: "m").rows.compactMap { $0["notification_id"]?.string }
        _ = try await server.post("/v1/notifications/\(ids[0])/read", as: "m")
        _ = try await server.post("/v1/notifications/\(ids[1])/archive", as: "m")
        _ = try await server.post("/v1/notifications/\(ids[2])/seen", as: "m")
        for (query, expected) in [
            ("status=all", [3, 1, 0]), ("status=unread", [1, 0]), ("status=read", [3]), ("status=unseen", [0]),
            ("status=archived", [2]), ("status=UNREAD", [1, 0]), ("type=t1", [3, 1]), ("type=t1&status=unread", [1]),
            ("type=none", []), ("status=&type=&limit=&offset=", [3, 1, 0]),
        ] {
            #expect(messages(try await server.get("/v1/notifications?\(query)", as: "m")) == expected, "\(query)")
        }
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=ten", "limit"), ("limit=-1", "limit"),
        ("offset=-1", "offset"), ("offset=1e3", "offset"), ("status=new", "status"), ("cursor=xyz", "cursor"),
        ("cursor=\(String(repeating: "0", count: 48))&offset=1", "offset"),
    ])
    func wrongParametersAreNamed(query: String, field: String) async throws {
        let answer = try await server.get("/v1/notifications?\(query)", as: "m")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_parameter")
        #expect(answer.errors == ["\(field) invalid"])
    }

    @Test func nothingNewReadsNoRow() async throws {
        try await fill(2)
        for path in ["/v1/notifications", "/notifications", "/v1/notifications/unread-count"] {
            let first = try await server.get(path, as: "m")
            let tag = try #require(first.headers[.eTag])
            let reads = server.store.pageReads
            for header in [tag, "W/\(tag)", "\"other\", \(tag)"] {
                let again = try await server.get(path, as: "m", headers: [.ifNoneMatch: header])
                #expect(again.status == 304)
                #expect(again.text.isEmpty)
                #expect(again.headers[.eTag] == tag)
                #expect(again.headers[.cacheControl] == "private, no-cache")
                #expect(again.headers[.vary] == "Authorization, Origin")
            }
            #expect(server.store.pageReads == reads)
            #expect(try await server.get(path, as: "m", headers: [.ifNoneMatch: "\"other\""]).status == 200)
            try await server.notify(#""user_id":"m","type":"x""#)
            let changed = try await server.get(path, as: "m", headers: [.ifNoneMatch: tag])
            #expect(changed.status == 200)
            #expect(changed.headers[.eTag] != tag)
        }
    }

    @Test func tagsAreOfOneUserAndOneQuery() async throws {
        let tags = try await [
            server.get("/v1/notifications", as: "a"), server.get("/v1/notifications", as: "b"),
            server.get("/v1/notifications?limit=10", as: "a"), server.get("/v1/notifications?status=read", as: "a"),
            server.get("/v1/notifications?type=x", as: "a"), server.get("/v1/notifications?offset=1", as: "a"),
            server.get("/notifications", as: "a"),
        ].map { $0.headers[.eTag] }
        #expect(Set(tags).count == tags.count)
        #expect(try await server.get("/v1/notifications?limit=50", as: "a").headers[.eTag] == tags[0])
    }

    @Test func countsAreExact() async throws {
        try await fill(3)
        let answer = try await server.get("/v1/notifications/unread-count", as: "m")
        #expect(answer.json.members?.map(\.name) == ["cursor", "seq", "unread_count", "unseen_count"])
        #expect(answer["unread_count"]?.integer == 3)
        #expect(answer["unseen_count"]?.integer == 3)
    }

    @Test func oneCanBeRead() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x","metadata":{"k":[1,2]},"url":"/p""#)
        let answer = try await server.get("/v1/notifications/\(id)", as: "m")
        #expect(answer.status == 200)
        #expect(answer["notification"]?["notification_id"]?.string == id)
        #expect(answer["notification"]?["metadata"]?.text == #"{"k":[1,2]}"#)
        #expect(answer["notification"]?["message"]?.string == "Nova notificação")
        #expect(answer["seq"]?.integer == 1)
        #expect(answer["cursor"]?.string != nil)
    }

    @Test func othersDoNotSeeIt() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        for path in ["/v1/notifications/\(id)", "/v1/notifications/nonsense", "/v1/notifications/%FF"] {
            let answer = try await server.get(path, as: "other")
            #expect(answer.status == 404)
            #expect(answer.code == "not_found")
        }
        #expect(try await server.get("/v1/notifications", as: "other").rows.isEmpty)
    }

    @Test(arguments: [
        "/v1/notifications", "/v1/notifications/unread-count", "/v1/notifications/\(NotificationID(high: 1, low: 2))",
    ])
    func aStoreThatCannotReadIsUnavailable(path: String) async throws {
        server.store.fail(with: .unavailable)
        let answer = try await server.get(path, as: "m")
        #expect(answer.status == 503)
        #expect(answer.headers[.retryAfter] == "1")
    }
}
