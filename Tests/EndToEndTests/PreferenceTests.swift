import NIOHTTP1
import PealCore
import Testing

/// What a user says reaches every later event, outlives a kill, and can be said from an e-mail.
@Suite(.timeLimit(.minutes(2))) struct PreferenceTests {
    private let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]

    @Test func whatIsSaidHoldsAlsoAfterAKill() async throws {
        let arguments = ["--preferences-mandatory=security", "--preferences-defaults=news.in_app=off,*.email=on"]
        try await ServerProcess.with(arguments) { server in
            let headers = HTTPHeaders.bearer(try await server.token(for: "maria"))
            let key = HTTPHeaders.bearer(try await server.apiKey())
            func outcome(_ event: String) async throws -> String? {
                let sent = try await HTTP.post("\(server.base)/v1/notifications", event, headers: key)
                let row = try sent.json()["notifications"]?.array?.first
                return row?["reason"]?.string ?? row?["outcome"]?.string
            }
            let like = #"{"user_id":"maria","type":"like","actor_id":"ana","target_type":"post","target_id":"1"}"#
            let news = #"{"user_id":"maria","type":"news"}"#
            let security = #"{"user_id":"maria","type":"security","target_type":"post","target_id":"1"}"#
            #expect(try await outcome(like) == "created")
            #expect(try await outcome(news) == "preference")
            let mute = try await HTTP.post(
                "\(server.base)/v1/mutes", #"{"target_type":"post","target_id":"1"}"#, headers: headers)
            #expect(mute.status == 201)
            let said = try await HTTP.send(
                .PATCH, "\(server.base)/v1/preferences", headers: headers,
                body: #"{"types":{"news":{"in_app":true},"comment":{"in_app":false}}}"#)
            #expect(said.status == 200)
            let links = try await HTTP.post(
                "\(server.base)/v1/users/maria/unsubscribe-links",
                #"{"type":"like","base_url":"\#(server.base)"}"#, headers: key)
            let link = try #require(try links.json()["url"]?.string)

            await server.kill()
            try await server.start()
            #expect(try await outcome(like) == "preference")
            #expect(try await outcome(news) == "created")
            #expect(try await outcome(security) == "created")
            #expect(try await outcome(#"{"user_id":"maria","type":"comment"}"#) == "preference")

            // The link is as good as before, and looking at it changes nothing.
            #expect(try await HTTP.get(link).status == 200)
            let before = try await HTTP.get("\(server.base)/v1/preferences", headers: headers).json()
            #expect(before["effective"]?["like"] == nil)
            let click = try await HTTP.send(.POST, link, headers: form, body: "List-Unsubscribe=One-Click")
            #expect(click.status == 200)
            let after = try await HTTP.get("\(server.base)/v1/preferences", headers: headers).json()
            #expect(after["effective"]?["like"]?["email"]?["value"] == .bool(false))
            #expect(after["effective"]?["security"]?["email"]?["source"]?.string == "mandatory")
            let counts = try await HTTP.get("\(server.base)/v1/notifications/unread-count", headers: headers).json()
            #expect(counts["unread_count"]?.integer == 3)
        }
    }
}
