import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct MuteRouteTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    private func unmute(_ query: String) async throws -> Answer {
        try await server.send(.delete, "/v1/mutes\(query)", token: server.token("maria"))
    }

    private func subjects() async throws -> [String] {
        (try await server.get("/v1/mutes", as: "maria")["mutes"]?.array ?? []).map {
            $0["actor_id"]?.string ?? "\($0["target_type"]?.string ?? "")/\($0["target_id"]?.text ?? "")"
        }
    }

    @Test func aThreadIsMutedShownAndHeardAgain() async throws {
        let comment = #""user_id":"maria","type":"comment","actor_id":"ana","target_type":"post","target_id":"1""#
        let made = try await server.post("/v1/mutes", as: "maria", body: #"{"target_type":"post","target_id":1}"#)
        #expect(made.status == 201 && made["target_id"]?.string == "1" && made["until"]?.isNull == true)
        server.clock.advance(by: .seconds(1))
        _ = try await server.post("/v1/mutes", as: "maria", body: #"{"actor_id":"zoe"}"#)
        #expect(try await subjects() == ["zoe", "post/\"1\""])
        for fields in [comment, #""user_id":"maria","type":"news","actor_id":"zoe""#] {
            let sent = try await server.send(.post, "/v1/notifications", token: server.key, body: "{\(fields)}")
            #expect(sent["notifications"]?.array?.first?["reason"]?.string == "preference")
        }
        let removed = try await unmute("?target_type=post&target_id=1")
        #expect(removed.status == 204 && removed.text.isEmpty)
        #expect(try await unmute("?target_type=post&target_id=1").status == 204)
        #expect(try await unmute("?actor_id=zoe").status == 204)
        #expect(try await subjects() == [])
        try await server.notify(comment)
    }

    @Test func aMuteThatIsOverIsNotShown() async throws {
        let body = #"{"actor_id":"zoe","until":"2023-11-14T23:00:00Z"}"#
        #expect(try await server.post("/v1/mutes", as: "maria", body: body)["until"]?.string != nil)
        #expect(try await subjects() == ["zoe"])
        server.clock.advance(by: .seconds(3600))
        #expect(try await subjects() == [])
    }

    @Test func whatIsWrongIsNamed() async throws {
        #expect(try await server.post("/v1/mutes", as: "maria", body: "{}").errors == ["target_type required"])
        let past = #"{"actor_id":"zoe","until":"2020-01-01T00:00:00Z"}"#
        #expect(try await server.post("/v1/mutes", as: "maria", body: past).errors == ["until invalid"])
        #expect(try await unmute("").errors == ["target_type required"])
        #expect(try await unmute("?actor_id=a&target_type=b").errors == ["actor_id conflict"])
        #expect(try await server.send(.get, "/v1/mutes").status == 401)
        let mutations = (0..<Mute.limit).map { number in
            Mutation.preferences(UserID(trusted: "maria"), .mute(.actor("\(number)"), until: nil))
        }
        _ = await server.store.write(mutations)
        let full = try await server.post("/v1/mutes", as: "maria", body: #"{"actor_id":"one more"}"#)
        #expect(full.status == 409 && full.code == "too_many_mutes")
    }

    @Test func aBackEndActsForItsUser() async throws {
        let key = server.keys[.actAs]
        let made = try await server.send(
            .post, "/v1/mutes?user_id=maria", token: key, body: #"{"target_type":"post"}"#)
        #expect(made.status == 201 && made["target_id"]?.isNull == true)
        #expect(try await subjects() == ["post/null"])
        #expect(try await server.send(.get, "/v1/mutes", token: key).code == "user_id_required")
    }
}
