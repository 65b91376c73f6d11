import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct MarkTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    func act(_ operation: String, _ id: String, as user: String = "m") async throws -> Answer {
        try await server.post("/v1/notifications/\(id)/\(operation)", as: user)
    }

    @Test func eachOperationAnswersWithTheRowAndTheCounts() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        for (operation, status, unread, unseen, seq) in [
            ("seen", "UNREAD", 1, 0, 2), ("read", "READ", 0, 0, 3), ("unread", "UNREAD", 1, 1, 4),
            ("archive", "ARCHIVED", 0, 0, 5), ("unarchive", "READ", 0, 0, 6),
        ] as [(String, String, Int64, Int64, Int64)] {
            let answer = try await act(operation, id)
            #expect(answer.status == 200, "\(operation)")
            #expect(answer["notification"]?["status"]?.string == status, "\(operation)")
            #expect(answer["unread_count"]?.integer == unread, "\(operation)")
            #expect(answer["unseen_count"]?.integer == unseen, "\(operation)")
            #expect(answer["seq"]?.integer == seq, "\(operation)")
            #expect(answer["cursor"]?.string.flatMap { Cursor($0) }?.seq == seq, "\(operation)")
            #expect(answer.headers[.cacheControl] == "private, no-cache")
        }
    }

    @Test func repeatingChangesNothing() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        let first = try await act("read", id)
        let again = try await act("read", id)
        #expect(again.status == 200)
        #expect(again["seq"] == first["seq"])
        #expect(again["notification"] == first["notification"])
    }

    @Test func bodiesAreIgnored() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        #expect(try await server.post("/v1/notifications/\(id)/read", as: "m", body: "{}").status == 200)
    }

    @Test func deletionIsFinal() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        let answer = try await server.send(.delete, "/v1/notifications/\(id)", token: server.token("m"))
        #expect(answer.status == 200)
        #expect(answer["notification_id"]?.string == id)
        #expect(answer["status"]?.string == "DELETED")
        #expect(answer["unread_count"]?.integer == 0)
        #expect(answer["seq"]?.integer == 2)
        #expect(try await server.send(.delete, "/v1/notifications/\(id)", token: server.token("m")).status == 404)
        #expect(try await act("read", id).status == 404)
        #expect(try await server.get("/v1/notifications/\(id)", as: "m").status == 404)
    }

    @Test(arguments: ["read", "unread", "seen", "archive", "unarchive"])
    func othersNotificationsAreUnknown(operation: String) async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        #expect(try await act(operation, id, as: "other").status == 404)
        #expect(try await act(operation, "nonsense").status == 404)
        #expect(try await server.get("/v1/notifications/unread-count", as: "m")["unread_count"]?.integer == 1)
    }

    @Test func everythingCanBeRead() async throws {
        for _ in 0..<3 { try await server.notify(#""user_id":"m","type":"x""#) }
        let answer = try await server.post("/v1/notifications/read-all", as: "m")
        #expect(answer.status == 200)
        #expect(answer["count"]?.integer == 3)
        #expect(answer["unread_count"]?.integer == 0)
        #expect(answer["seq"]?.integer == 4)
        let again = try await server.post("/v1/notifications/read-all", as: "m")
        #expect(again["count"]?.integer == 0)
        #expect(again["seq"]?.integer == 4)
    }

    @Test func whatCameLaterIsLeft() async throws {
        for _ in 0..<3 { try await server.notify(#""user_id":"m","type":"x""#) }
        let seen = try await server.post("/v1/notifications/seen-all", as: "m", body: #"{"up_to_seq":2}"#)
        #expect(seen["count"]?.integer == 2)
        #expect(seen["unseen_count"]?.integer == 1)
        #expect(seen["unread_count"]?.integer == 3)
        let read = try await server.post("/v1/notifications/read-all", as: "m", body: #"{"up_to_seq":1}"#)
        #expect(read["count"]?.integer == 1)
        #expect(read["unread_count"]?.integer == 2)
    }

    @Test(arguments: ["{}", "null", #"{"up_to_seq":null}"#])
    func emptyBodiesMeanEverything(body: String) async throws {
        try await server.notify(#""user_id":"m","type":"x""#)
        let answer = try await server.post("/v1/notifications/read-all", as: "m", body: body)
        #expect(answer["unread_count"]?.integer == 0)
    }

    @Test(arguments: [#"{"up_to_seq":-1}"#, #"{"up_to_seq":"1"}"#, #"{"up_to_seq":1.5}"#, "[]", "7", "{"])
    func wrongBodiesAreRefused(body: String) async throws {
        #expect(try await server.post("/v1/notifications/read-all", as: "m", body: body).status == 400)
    }

    @Test func aStoreThatCannotWriteIsUnavailable() async throws {
        let id = try await server.notify(#""user_id":"m","type":"x""#)
        server.store.fail(with: .unavailable)
        #expect(try await act("read", id).status == 503)
        #expect(try await server.post("/v1/notifications/read-all", as: "m").status == 503)
    }
}

@Suite struct UserTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    @Test func profilesAreKept() async throws {
        let body = #"{"name":"Maria","email":"m@example.com","locale":"en-GB","timezone":"America/Sao_Paulo"}"#
        let path = "/v1/users/maria%2F1%20%C3%A9"
        let answer = try await server.send(.put, path, token: server.keys[.notify], body: body)
        #expect(answer.status == 200)
        #expect(answer["user_id"]?.string == "maria/1 é")
        let read = try await server.send(.get, path, token: server.keys[.read])
        #expect(read.text == answer.text)
        #expect(read["email"]?.string == "m@example.com")
    }

    @Test func namesAndLocalesReachTheText() async throws {
        for (user, profile) in [("ana", #"{"name":"Ana"}"#), ("m", #"{"locale":"en"}"#)] {
            _ = try await server.send(.put, "/v1/users/\(user)", token: server.key, body: profile)
        }
        try await server.notify(#""user_id":"m","type":"follow","actor_id":"ana""#)
        let list = try await server.get("/v1/notifications", as: "m")
        #expect(list.rows.first?["message"]?.string == "Ana started following you")
    }

    @Test func localesAreKeptInOneSpelling() async throws {
        for (given, kept) in [("pt_br", "pt-BR"), ("ES", "es"), ("zh-hant-tw", "zh-Hant-TW")] {
            let body = #"{"locale":"\#(given)"}"#
            let answer = try await server.send(.put, "/v1/users/m", token: server.key, body: body)
            #expect(answer["locale"]?.string == kept)
        }
    }

    @Test(arguments: [
        "UTC", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Asia/Calcutta", "Asia/Kolkata", "Europe/Kyiv",
        "Etc/GMT+3", "Etc/UTC",
    ])
    func timeZonesThatExistAreTaken(name: String) async throws {
        let answer = try await server.send(.put, "/v1/users/m", token: server.key, body: #"{"timezone":"\#(name)"}"#)
        #expect(answer["timezone"]?.string == name)
    }

    @Test(arguments: ["america/sao_paulo", "PST", "GMT-03:00", "UTC+3", "Brasilia", "America/", "/etc/localtime", "."])
    func timeZonesThatDoNotAreRefused(name: String) async throws {
        let answer = try await server.send(.put, "/v1/users/m", token: server.key, body: #"{"timezone":"\#(name)"}"#)
        #expect(answer.errors == ["timezone invalid"])
    }

    @Test func whatIsLeftOutIsForgotten() async throws {
        _ = try await server.send(.put, "/v1/users/m", token: server.key, body: #"{"name":"M","locale":"en"}"#)
        let answer = try await server.send(.put, "/v1/users/m", token: server.key, body: #"{"name":"N"}"#)
        #expect(answer["locale"] == .null)
    }

    @Test(arguments: [
        (#"{"name":7}"#, ["name wrong_type"]), (#"{"mail":"x"}"#, ["mail unknown_field"]), ("[]", [" wrong_type"]),
        (#"{"email":"nobody"}"#, ["email invalid"]), (#"{"locale":"pt BR"}"#, ["locale invalid"]),
        (#"{"locale":"portuguese"}"#, ["locale invalid"]), (#"{"locale":"pt-"}"#, ["locale invalid"]),
        (#"{"timezone":"America/Nowhere"}"#, ["timezone invalid"]), (#"{"timezone":"GMT+3"}"#, ["timezone invalid"]),
        (#"{"timezone":"../etc/passwd","locale":"x"}"#, ["locale invalid", "timezone invalid"]),
        (#"{"name":"a\nb"}"#, ["name invalid"]),
        (#"{"timezone":"\#(String(repeating: "x", count: 65))"}"#, ["timezone too_long"]),
    ])
    func wrongProfilesAreRefused(body: String, errors: [String]) async throws {
        let answer = try await server.send(.put, "/v1/users/m", token: server.key, body: body)
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
    }

    @Test func unknownUsersAreNotFound() async throws {
        #expect(try await server.send(.get, "/v1/users/nobody", token: server.key).status == 404)
        let long = String(repeating: "x", count: 129)
        #expect(try await server.send(.get, "/v1/users/\(long)", token: server.key).status == 400)
    }
}
