import HTTPTypes
import PealAuth
import PealCore
import PealPipeline
import Testing

@testable import PealAPI

@Suite struct UnsubscribeRouteTests {
    let server: TestServer
    private static let click = "List-Unsubscribe=One-Click"

    init() async throws {
        var policy = PreferencePolicy()
        policy.require("security")
        server = try await TestServer(settings: APISettings(preferences: policy))
    }

    private func query(_ type: String?, user: String = "maria") -> String {
        "?token=" + server.links.token(for: UnsubscribeClaim(user: UserID(trusted: user), type: type))
    }

    private func post(
        _ path: String, _ body: String = click, type: String = "application/x-www-form-urlencoded"
    ) async throws -> Answer {
        try await server.send(.post, path, headers: [.contentType: type], body: body)
    }

    private func email(_ type: String, of user: String = "maria") async throws -> ChannelSetting? {
        try await server.store.preferences(of: UserID(trusted: user))?[type, .email]
    }

    @Test func oneClickIsEnough() async throws {
        let answer = try await post("/v1/unsubscribe\(query("like"))")
        #expect(answer.status == 200 && answer.headers[.contentType] == "text/html; charset=utf-8")
        #expect(answer.headers[.cacheControl] == "no-store")
        #expect(try await email("like") == .off)
        #expect(try await email("*") == nil)
        // Mail programs repeat themselves.
        #expect(try await post("/v1/unsubscribe\(query("like"))").status == 200)
        // Nobody else's e-mail and no other channel is meant.
        #expect(try await server.store.preferences(of: UserID(trusted: "joao")) == nil)
        #expect(try await server.store.preferences(of: UserID(trusted: "maria"))?["like", .push] == nil)
        let back = try await post("/v1/resubscribe\(query("like"))")
        #expect(back.status == 200)
        #expect(try await email("like") == .on)
    }

    @Test func allAtOnce() async throws {
        let token = try server.token("maria")
        _ = try await server.send(
            .put, "/v1/preferences", token: token, body: #"{"types":{"like":{"email":true,"push":true}}}"#)
        let answer = try await post("/v1/unsubscribe\(query(nil))")
        #expect(answer.text.contains("obrigatórios"), "some still come")
        #expect(try await email("*") == .off)
        #expect(try await email("like") == nil)
    }

    /// As RFC 8058 §3.1 allows.
    @Test func aFormOfPartsIsTakenToo() async throws {
        let body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"
        let answer = try await post("/v1/unsubscribe\(query("like"))", body, type: "multipart/form-data; boundary=b")
        #expect(answer.status == 200)
        #expect(try await email("like") == .off)
    }

    @Test func lookingChangesNothing() async throws {
        for accept in ["text/html", "*/*"] {
            let answer = try await server.send(
                .get, "/v1/unsubscribe\(query("like"))", headers: [.accept: accept, .cookie: "a=b"])
            #expect(answer.status == 200 && answer.text.contains("<form method=\"post\""))
            #expect(answer.headers[.contentSecurityPolicy]?.contains("script-src 'self'") == true)
            #expect(!answer.text.contains("<script"))
        }
        #expect(try await server.send(.head, "/v1/unsubscribe\(query("like"))").status == 200)
        #expect(try await server.send(.get, "/v1/resubscribe\(query("like"))").status == 405)
        for body in ["", "a=b", "List-Unsubscribe=", "xList-Unsubscribe=One-Click"] {
            let answer = try await post("/v1/unsubscribe\(query("like"))", body)
            #expect(answer.status == 400 && answer.code == "one_click_required")
        }
        #expect(try await server.store.preferences(of: UserID(trusted: "maria")) == nil)
    }

    @Test func aTokenThatIsNotGoodChangesNothing() async throws {
        let good = query("like")
        let other = query("like", user: "joao")
        let signature = String(good[(good.lastIndex(of: ".") ?? good.startIndex)...])
        let swapped = other.prefix { $0 != "." } + signature
        for bad in ["", "?token=", "?token=x", "\(good)x", String(good.dropLast(5)), String(swapped)] {
            for path in ["/v1/unsubscribe", "/v1/resubscribe"] {
                let answer = try await post(path + bad)
                #expect(answer.status == 400 && answer.code == "link_invalid", "\(path)\(bad)")
            }
            let page = try await server.send(.get, "/v1/unsubscribe" + bad, headers: [.accept: "text/html,*/*"])
            #expect(page.status == 400 && page.text.contains("Este link não funciona"))
        }
        for user in ["maria", "joao"] {
            #expect(try await server.store.preferences(of: UserID(trusted: user)) == nil)
        }
    }

    @Test func mandatoryTypesAreRefusedPolitely() async throws {
        let page = try await server.send(.get, "/v1/unsubscribe\(query("security"))")
        #expect(page.status == 200 && !page.text.contains("<form") && page.text.contains("obrigatórios"))
        let answer = try await post("/v1/unsubscribe\(query("security"))")
        #expect(answer.status == 409 && answer.text.contains("obrigatórios"))
        #expect(try await server.store.preferences(of: UserID(trusted: "maria")) == nil)
    }

    @Test(
        arguments: [
            ("pt-BR", "pt-BR", "Cancelar inscrição", "curtidas"), ("pt-PT", "pt-BR", "Cancelar inscrição", "curtidas"),
            ("en", "en", "Unsubscribe", "likes"), ("es-MX", "es", "Cancelar suscripción", "me gusta"),
            ("fi", "pt-BR", "Cancelar inscrição", "curtidas"),
        ])
    func pagesSpeakTheReadersLanguage(_ locale: String, _ page: String, _ button: String, _ topic: String) async throws
    {
        _ = try await server.send(
            .put, "/v1/users/maria", token: server.key, body: #"{"locale":"\#(locale)"}"#)
        let answer = try await server.send(.get, "/v1/unsubscribe\(query("like"))")
        #expect(answer.text.contains("<html lang=\"\(page)\">") && answer.headers[.contentLanguage] == page)
        #expect(answer.text.contains("<button>\(button)</button>"))
        #expect(answer.text.contains("<strong>\(topic)</strong>"))
    }

    @Test func whatARequestSaysIsEscaped() async throws {
        let type = #"<img src=x onerror="alert(1)">'&"#
        for answer in [
            try await server.send(.get, "/v1/unsubscribe\(query(type))"),
            try await post("/v1/unsubscribe\(query(type))"), try await post("/v1/resubscribe\(query(type))"),
        ] {
            #expect(!answer.text.contains("<img"))
            #expect(answer.text.contains("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;"))
        }
    }

    @Test func aProducerGetsLinksForItsOwnMail() async throws {
        let path = "/v1/users/maria/unsubscribe-links"
        let body = #"{"type":"like","base_url":"https://peal.example"}"#
        let made = try await server.send(.post, path, token: server.keys[.notify], body: body)
        let url = made["url"]?.string ?? ""
        #expect(made.status == 200 && url == "https://peal.example/v1/unsubscribe\(query("like"))")
        #expect(made["headers"]?["List-Unsubscribe"]?.string == "<\(url)>")
        #expect(made["headers"]?["List-Unsubscribe-Post"]?.string == Self.click)
        #expect(try await server.send(.post, path, token: server.keys[.read], body: body).status == 403)
        #expect(try await server.send(.post, path, token: server.token("maria"), body: body).status == 403)
        let wrong = #"{"base_url":"http://peal.example","typ":"x"}"#
        let refused = try await server.send(.post, path, token: server.key, body: wrong)
        #expect(refused.errors == ["typ unknown_field", "base_url invalid"])
        #expect(try await server.send(.post, path, token: server.key, body: "{}").errors == ["base_url required"])
    }

    @Test func aStoreThatCannotWriteSaysSo() async throws {
        server.store.fail(with: .unavailable)
        #expect(try await post("/v1/unsubscribe\(query("like"))").status == 503)
    }
}
