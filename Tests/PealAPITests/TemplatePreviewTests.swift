import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct TemplatePreviewTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    private func preview(_ body: String, scope: Scope = .read) async throws -> Answer {
        try await server.send(.post, "/v1/templates/preview", token: server.keys[scope], body: body)
    }

    @Test func itShowsWhatAReaderWillGet() async throws {
        let answer = try await preview(
            #"{"type":"like","locale":"es_MX","actors":[{"id":"j","name":"João"}],"actor_count":11,"target_type":"photo"}"#
        )
        #expect(answer.status == 200)
        #expect(answer["locale"]?.string == "es")
        #expect(answer["title"]?.string == "Nuevos me gusta")
        #expect(answer["message"]?.string == "A João y 10 personas más les gustó tu foto")
        #expect(answer["html"]?["message"]?.string == "A João y 10 personas más les gustó tu foto")
    }

    @Test func theDefaultLanguageAnswersForOthers() async throws {
        let answer = try await preview(#"{"type":"invoice","locale":"fi"}"#)
        #expect(answer["locale"]?.string == "pt-BR")
        #expect(answer["title"]?.string == "Nova notificação")
    }

    @Test func sampleNamesStandInForThoseThatAreNotGiven() async throws {
        for (count, message) in [
            (0, "You have a new follower"), (1, "Ana started following you"), (2, "Ana and João started following you"),
            (3, "Ana and 2 others started following you"),
        ] {
            let answer = try await preview(#"{"type":"follow","locale":"en","actor_count":\#(count)}"#)
            #expect(answer["message"]?.string == message)
        }
        let named = try await preview(
            #"{"type":"follow","locale":"en","actors":[{"id":1},{"id":"x","name":"Rui"}]}"#)
        #expect(named["message"]?.string == "1 and Rui started following you")
    }

    @Test func markupStaysTextAndIsEscapedInHTML() async throws {
        let answer = try await preview(
            #"""
            {"type":"comment","locale":"en","actors":[{"id":"x","name":"<script>alert(1)</script>"}],
             "excerpt":"\"><img src=x onerror='x'> & {{actors}}","metadata":{"a":1}}
            """#)
        let plain = #"<script>alert(1)</script> commented: '"><img src=x onerror='x'> & {{actors}}'"#
        #expect(answer["message"]?.string == plain)
        #expect(
            answer["html"]?["message"]?.string
                == "&lt;script&gt;alert(1)&lt;/script&gt; commented: &#39;&quot;&gt;&lt;img src=x onerror=&#39;x&#39;&gt; &amp; {{actors}}&#39;"
        )
    }

    @Test(arguments: [
        ("{}", ["type required"]), ("[]", [" wrong_type"]), (#"{"type":"x","locale":"english"}"#, ["locale invalid"]),
        (#"{"type":"x","actors":{}}"#, ["actors wrong_type"]),
        (#"{"type":"x","actors":[7]}"#, ["actors[0] wrong_type"]),
        (#"{"type":"x","actors":[{"name":"A"}]}"#, ["actors[0].id required"]),
        (#"{"type":"x","actors":[{"id":"a","mail":"A"}]}"#, ["actors[0].mail unknown_field"]),
        (#"{"type":"x","actor_count":-1}"#, ["actor_count invalid"]),
        (#"{"type":"x","metadata":[]}"#, ["metadata wrong_type"]),
        (#"{"type":"x","target_id":"4"}"#, ["target_type required"]),
        (#"{"type":"x","user_id":"m"}"#, ["user_id unknown_field"]),
        (
            #"{"type":7.5,"excerpt":"\#(String(repeating: "x", count: 1025))"}"#,
            ["type wrong_type", "excerpt too_long"]
        ),
    ])
    func wrongRequestsAreRefused(body: String, errors: [String]) async throws {
        let answer = try await preview(body)
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
    }

    @Test func notifyingOrReadingIsEnough() async throws {
        for (scope, key) in server.keys {
            let answer = try await server.send(.post, "/v1/templates/preview", token: key, body: #"{"type":"x"}"#)
            let may = [.notify, .read, .admin].contains(scope)
            #expect(answer.status == (may ? 200 : 403), "\(scope)")
        }
        #expect(try await server.send(.post, "/v1/templates/preview", body: "{}").status == 401)
        #expect(try await server.post("/v1/templates/preview", as: "maria", body: "{}").code == "api_key_required")
    }
}
