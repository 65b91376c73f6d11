import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct PreferenceRouteTests {
    private func server() async throws -> TestServer {
        var defaults = Preferences()
        defaults["like", .email] = .off
        var policy = PreferencePolicy(defaults: defaults)
        policy.require("security")
        return try await TestServer(settings: APISettings(preferences: policy))
    }

    private func put(_ server: TestServer, _ body: String, as user: String = "maria") async throws -> Answer {
        try await server.send(.put, "/v1/preferences", token: server.token(user), body: body)
    }

    private func outcome(_ server: TestServer, _ fields: String) async throws -> String {
        let answer = try await server.send(.post, "/v1/notifications", token: server.key, body: "{\(fields)}")
        let row = answer["notifications"]?.array?.first
        return "\(row?["outcome"]?.string ?? "") \(row?["reason"]?.string ?? "-")"
    }

    /// `value source` of a type on a channel.
    private func effective(_ answer: Answer, _ type: String, _ channel: String) -> String {
        let setting = answer["effective"]?[type]?[channel]
        return "\(setting?["value"]?.text ?? "") \(setting?["source"]?.string ?? "")"
    }

    @Test func whoHasSaidNothingSeesTheConfiguration() async throws {
        let server = try await server()
        let answer = try await server.get("/v1/preferences", as: "maria")
        #expect(answer.status == 200 && answer.headers[.cacheControl] == "private, no-cache")
        #expect(answer["user_id"]?.string == "maria" && answer["types"] == .object([]))
        #expect(answer["effective"]?.members?.map(\.name) == ["*", "like", "security"])
        #expect(effective(answer, "*", "email") == "true default")
        #expect(effective(answer, "like", "email") == "false default")
        #expect(effective(answer, "security", "in_app") == "true mandatory")
        #expect(answer["timezone"]?["name"]?.string == "UTC" && answer["held_until"]?.isNull == true)
    }

    @Test func whatIsSaidHoldsAtOnceAndOnEveryDevice() async throws {
        let server = try await server()
        let like = #""user_id":"maria","type":"like","actor_id":"ana","target_type":"post","target_id":"1""#
        #expect(try await outcome(server, like) == "created -")
        let said = try await put(server, #"{"types":{"like":{"in_app":false,"email":{"digest":"hourly"}}}}"#)
        #expect(said.status == 200)
        #expect(effective(said, "like", "in_app") == "false user")
        // Nothing goes anywhere that does not come to the inbox.
        #expect(effective(said, "like", "email") == "false user")
        #expect(try await outcome(server, like.replacing("ana", with: "bia")) == "suppressed preference")
        let shown = try await server.get("/v1/preferences", as: "maria")
        #expect(shown.json == said.json)
        #expect(shown["types"]?["like"]?["email"]?["digest"]?.string == "hourly")
        // What was shown can be sent back as it came.
        #expect(try await put(server, shown.text).json == shown.json)
        let counts = try await server.get("/v1/notifications/unread-count", as: "maria")
        #expect(counts["unread_count"]?.integer == 1)
        #expect(try await put(server, "{}")["types"] == .object([]))
        #expect(try await outcome(server, like.replacing("ana", with: "bia")) == "aggregated -")
    }

    @Test func aChangeLeavesTheRest() async throws {
        let server = try await server()
        _ = try await put(server, #"{"types":{"like":{"push":false}},"quiet_hours":{"from":"22:00","to":"07:00"}}"#)
        let answer = try await server.send(
            .patch, "/v1/preferences", token: server.token("maria"), body: #"{"types":{"reply":{"email":false}}}"#)
        #expect(answer["types"]?.members?.map(\.name) == ["like", "reply"])
        #expect(answer["quiet_hours"]?["from"]?.string == "22:00")
    }

    @Test func aBackEndSpeaksForItsUsers() async throws {
        let server = try await server()
        let path = "/v1/users/maria/preferences"
        let body = #"{"types":{"like":{"in_app":false}}}"#
        #expect(try await server.send(.put, path, token: server.keys[.notify], body: body).status == 200)
        #expect(try await server.send(.put, path, token: server.keys[.read], body: body).status == 403)
        #expect(try await server.send(.put, path, token: server.token("maria"), body: body).status == 403)
        let shown = try await server.send(.get, path, token: server.keys[.read])
        #expect(shown["types"]?["like"]?["in_app"] == .bool(false))
        let acting = try await server.send(
            .patch, "/v1/preferences?user_id=maria", token: server.keys[.actAs], body: #"{"types":{"like":null}}"#)
        #expect(acting["types"] == .object([]))
        #expect(try await server.send(.get, "/v1/preferences?user_id=joao", token: server.token("maria")).status == 403)
        #expect(try await server.send(.get, "/v1/preferences").status == 401)
    }

    @Test func mandatoryTypesCannotBeSwitchedOff() async throws {
        let server = try await server()
        let refused = try await put(server, #"{"types":{"security":{"in_app":false},"like":{"push":false}}}"#)
        #expect(refused.status == 400 && refused.code == "validation_failed")
        #expect(refused.errors == ["types.security.in_app mandatory"])
        #expect(try await server.get("/v1/preferences", as: "maria")["types"] == .object([]))
        #expect(try await put(server, #"{"types":{"*":{"in_app":false}}}"#).status == 200)
        #expect(try await outcome(server, #""user_id":"maria","type":"news""#) == "suppressed preference")
        #expect(try await outcome(server, #""user_id":"maria","type":"security""#) == "created -")
    }

    @Test func whatIsWrongChangesNothing() async throws {
        let server = try await server()
        #expect(try await put(server, "{").code == "invalid_json")
        #expect(try await put(server, String(repeating: " ", count: 70_000)).status == 413)
        let types = (0..<201).map { "\"t\($0)\":{\"push\":false}" }.joined(separator: ",")
        #expect(try await put(server, "{\"types\":{\(types)}}").errors == ["types too_many"])
        let most = (0..<200).map { "\"t\($0)\":{\"push\":false}" }.joined(separator: ",")
        #expect(try await put(server, "{\"types\":{\(most)}}").status == 200)
        let more = try await server.send(
            .patch, "/v1/preferences", token: server.token("maria"), body: #"{"types":{"more":{"push":false}}}"#)
        #expect(more.status == 400 && more.errors == ["types too_many"])
        #expect(try await server.get("/v1/preferences", as: "maria")["types"]?.members?.count == 200)
        server.store.fail(with: .unavailable)
        #expect(try await put(server, "{}").status == 503)
        #expect(try await server.get("/v1/preferences", as: "maria").status == 503)
    }

    /// By the clocks where the user lives: the test's clock begins on Tuesday, 14 November 2023, 22:13:20 UTC.
    @Test func quietHoursCountWhereTheUserLives() async throws {
        let server = try await server()
        let hours = #"{"quiet_hours":{"from":"22:00","to":"07:00"}}"#
        #expect(try await put(server, hours)["held_until"]?.string == "2023-11-15T07:00:00.000Z")
        let profile = #"{"timezone":"America/Sao_Paulo"}"#
        _ = try await server.send(.put, "/v1/users/maria", token: server.key, body: profile)
        let home = try await server.get("/v1/preferences", as: "maria")
        #expect(home["timezone"]?["source"]?.string == "profile" && home["held_until"]?.isNull == true)
        let away = try await put(server, #"{"quiet_hours":{"from":"22:00","to":"07:00","timezone":"Europe/Lisbon"}}"#)
        #expect(away["timezone"]?["source"]?.string == "preferences")
        #expect(away["held_until"]?.string == "2023-11-15T07:00:00.000Z")
        let silence = try await put(server, #"{"do_not_disturb_until":"2023-11-15T00:00:00Z"}"#)
        #expect(silence["held_until"]?.string == "2023-11-15T00:00:00.000Z")
        server.clock.advance(by: .seconds(86_400))
        let later = try await server.get("/v1/preferences", as: "maria")
        #expect(later["held_until"]?.isNull == true && later["do_not_disturb_until"]?.isNull == true)
    }

    @Test func itIsExported() async throws {
        let server = try await server()
        _ = try await put(server, #"{"types":{"like":{"push":false}}}"#)
        _ = try await server.post("/v1/mutes", as: "maria", body: #"{"actor_id":"zoe"}"#)
        let export = try await server.get("/v1/export", as: "maria").text
        #expect(export.contains(#"{"section":"preference","types":{"like":{"push":false}},"#))
        #expect(export.contains(#"{"section":"mute","actor_id":"zoe","until":null,"created_at":"#))
        #expect(try await !server.get("/v1/export", as: "joao").text.contains("preference"))
    }
}
