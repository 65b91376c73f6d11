import HTTPTypes
import PealAuth
import PealCore
import Testing

@testable import PealAPI

@Suite struct KeyRouteTests {
    let server: TestServer

    init() async throws { server = try await TestServer(plainKeys: ["configured-key"]) }

    private func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await server.send(method, path, token: server.key, body: body)
    }

    private func list() async throws -> [JSON] { try await ask(.get, "/v1/keys")["keys"]?.array ?? [] }

    private func make(_ fields: String) async throws -> (id: String, key: String) {
        let answer = try await ask(.post, "/v1/keys", "{\(fields)}")
        #expect(answer.status == 201, "\(answer.text)")
        return (answer["id"]?.string ?? "", answer["key"]?.string ?? "")
    }

    @Test func aNewKeyIsShownOnceAndWorksAtOnce() async throws {
        let answer = try await ask(
            .post, "/v1/keys", #"{"label":"billing","scopes":["notify"],"quota":{"per_second":5,"per_day":9}}"#)
        #expect(answer.status == 201)
        #expect(answer.headers[.cacheControl] == "no-store")
        let key = try #require(answer["key"]?.string)
        #expect(answer["label"]?.string == "billing" && answer["scopes"]?.array == [.string("notify")])
        #expect(answer["quota"]?["per_second"]?.integer == 5 && answer["quota"]?["burst"] == .null)
        #expect(answer["last_used_at"] == .null && answer["revoked_at"] == .null)
        let sent = try await server.send(.post, "/v1/notifications", token: key, body: #"{"user_id":"m","type":"x"}"#)
        #expect(sent.status == 201)
        #expect(try await server.send(.get, "/v1/users/m", token: key).code == "scope_missing")
        let all = try await ask(.get, "/v1/keys")
        #expect(!all.text.contains(key))
        let shown = try #require(all["keys"]?.array?.last)
        #expect(shown["id"] == answer["id"] && shown["source"]?.string == "store")
        #expect(shown["last_used_at"]?.string == "\(server.clock.now())")
        #expect(try await server.store.keys().last?.digest == APIKey.digest(of: key))
    }

    @Test func aRevokedKeyIsRefusedAtOnceAndForGood() async throws {
        let (id, key) = try await make(#""label":"a","scopes":["read"]"#)
        #expect(try await server.send(.get, "/v1/users/m", token: key).status == 404)
        let revoked = try await ask(.delete, "/v1/keys/\(id)")
        #expect(revoked.status == 200 && revoked["revoked_at"]?.string == "\(server.clock.now())")
        #expect(try await server.send(.get, "/v1/users/m", token: key).code == "key_unknown")
        server.clock.advance(by: .seconds(60))
        let again = try await ask(.delete, "/v1/keys/\(id)")
        #expect(again.status == 200 && again["revoked_at"] == revoked["revoked_at"])
        #expect(try await list().contains { $0["id"]?.string == id && $0["revoked_at"]?.string != nil })
        #expect(try await ask(.patch, "/v1/keys/\(id)", #"{"label":"b"}"#).code == "key_revoked")
    }

    @Test func theLastKeyThatMayDoEverythingNeedsForce() async throws {
        let admin = try #require(try await list().first { $0["label"]?.string == "admin" }?["id"]?.string)
        let refused = try await ask(.delete, "/v1/keys/\(admin)")
        #expect(refused.status == 409 && refused.code == "last_admin_key")
        #expect(try await ask(.delete, "/v1/keys/\(admin)?force=maybe").errors == ["force invalid"])
        let (_, other) = try await make(#""label":"second","scopes":["admin"]"#)
        #expect(try await ask(.delete, "/v1/keys/\(admin)").status == 200)
        #expect(try await ask(.get, "/v1/keys").status == 401)
        let last = try await server.send(.get, "/v1/keys", token: other)["keys"]?.array?.last?["id"]?.string ?? ""
        #expect(try await server.send(.delete, "/v1/keys/\(last)", token: other).code == "last_admin_key")
        #expect(try await server.send(.delete, "/v1/keys/\(last)?force=true", token: other).status == 200)
        // What stands in the configuration still opens everything.
        #expect(try await server.send(.get, "/v1/keys", token: "configured-key").status == 200)
    }

    @Test func keysOfTheConfigurationAreShownAndStay() async throws {
        let first = try #require(try await list().first)
        #expect(first["source"]?.string == "configuration" && first["created_at"] == .null)
        let id = first["id"]?.string ?? ""
        #expect(try await ask(.delete, "/v1/keys/\(id)?force=true").code == "key_configured")
        #expect(try await ask(.patch, "/v1/keys/\(id)", #"{"label":"x"}"#).status == 409)
        #expect(try await server.send(.get, "/v1/keys", token: "configured-key").status == 200)
    }

    @Test func labelAndQuotaCanChange() async throws {
        let (id, _) = try await make(#""label":"a","scopes":["notify"],"quota":{"per_day":7}"#)
        let renamed = try await ask(.patch, "/v1/keys/\(id)", #"{"label":"b"}"#)
        #expect(renamed.status == 200 && renamed["label"]?.string == "b")
        #expect(renamed["quota"]?["per_day"]?.integer == 7)
        let limited = try await ask(.patch, "/v1/keys/\(id)", #"{"quota":{"per_second":2,"burst":4}}"#)
        #expect(limited["quota"]?["burst"]?.integer == 4 && limited["quota"]?["per_day"] == .null)
        #expect(try await ask(.patch, "/v1/keys/\(id)", #"{"quota":null}"#)["quota"] == .null)
        #expect(try await ask(.patch, "/v1/keys/nothing", #"{"label":"b"}"#).status == 404)
        #expect(try await ask(.delete, "/v1/keys/nothing").code == "not_found")
    }

    @Test(arguments: [
        ("[]", [" wrong_type"]), ("{}", ["label required", "scopes required"]),
        (#"{"label":"","scopes":["notify"]}"#, ["label invalid"]),
        (#"{"label":7,"scopes":["notify","fly"]}"#, ["label wrong_type", "scopes invalid"]),
        (#"{"label":"a","scopes":[],"x":1}"#, ["scopes invalid", "x unknown_field"]),
        (#"{"label":"a","scopes":["read"],"quota":7}"#, ["quota wrong_type"]),
        (#"{"label":"a","scopes":["read"],"quota":{"per_second":0}}"#, ["quota.per_second invalid"]),
        (#"{"label":"a","scopes":["read"],"quota":{"burst":5}}"#, ["quota.burst invalid"]),
        (
            #"{"label":"a","scopes":["read"],"quota":{"per_hour":5,"per_day":1.5}}"#,
            ["quota.per_hour unknown_field", "quota.per_day invalid"]
        ),
        (#"{"label":"\#(String(repeating: "x", count: 101))","scopes":["read"]}"#, ["label invalid"]),
    ])
    func everyWrongFieldIsNamed(body: String, errors: [String]) async throws {
        let count = try await server.store.keys().count
        let answer = try await ask(.post, "/v1/keys", body)
        #expect(answer.status == 400 && answer.errors == errors, "\(answer.text)")
        #expect(try await server.store.keys().count == count)
    }

    @Test func scopesOfAKeyDoNotChange() async throws {
        let (id, _) = try await make(#""label":"a","scopes":["notify"]"#)
        #expect(try await ask(.patch, "/v1/keys/\(id)", #"{"scopes":["admin"]}"#).errors == ["scopes unknown_field"])
    }

    @Test func onlyAnAdminMay() async throws {
        for (scope, key) in server.keys where scope != .admin {
            for (method, path) in [
                (HTTPRequest.Method.get, "/v1/keys"), (.post, "/v1/keys"), (.patch, "/v1/keys/x"),
                (.delete, "/v1/keys/x"),
            ] {
                let answer = try await server.send(method, path, token: key, body: method == .get ? nil : "{}")
                #expect(answer.status == 403 && answer.code == "scope_missing", "\(scope) \(method) \(path)")
            }
        }
        #expect(try await server.get("/v1/keys", as: "maria").code == "api_key_required")
        #expect(try await server.send(.get, "/v1/keys").status == 401)
    }

    @Test func whatIsNotStoredIsNotAcknowledged() async throws {
        server.store.fail(with: .unavailable)
        #expect(try await ask(.post, "/v1/keys", #"{"label":"a","scopes":["read"]}"#).status == 503)
        #expect(try await ask(.delete, "/v1/keys/x").status == 503)
    }
}
