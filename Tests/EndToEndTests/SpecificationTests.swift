import Foundation
import NIOHTTP1
import PealCore
import Testing

/// What the running server answers is what `/openapi.json` and `/asyncapi.json` say.
@Suite(.timeLimit(.minutes(2))) struct SpecificationTests {
    @Test func everyOperationAnswersAsDescribed() async throws {
        try await ServerProcess.with(["--dev", "--delivery-email-webhook=http://127.0.0.1:9/"]) { server in
            let document = try await HTTP.get("\(server.base)/openapi.json").json()
            var visit = Visit(
                server: server, check: SchemaCheck(document: document), key: try await server.apiKey(),
                token: try await server.token(for: "maria"))
            try await visit.producers()
            try await visit.schedules()
            try await visit.topics()
            try await visit.deliveries()
            try await visit.inbox()
            try await visit.preferences()
            try await visit.live()
            try await visit.pages()
            try await visit.owners()
            try await visit.revocation()
            let all = (document["paths"]?.members ?? []).flatMap { path in
                (path.value.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }
            }
            #expect(Set(all).subtracting(visit.visited).sorted() == [], "described, and not asked here")
        }
    }

    @Test func everyFrameIsAsDescribed() async throws {
        try await ServerProcess.with { server in
            let document = try await HTTP.get("\(server.base)/asyncapi.json").json()
            let check = SchemaCheck(document: document)
            let token = try await server.token(for: "maria")
            let seen = try await WebSocketStream.with(port: server.port, token: token) { stream in
                var seen: Set<String> = []
                func take(_ type: String) async throws -> JSON {
                    while case .text(let text)? = try await stream.next() {
                        let frame = try JSON.parse(text.utf8)
                        let name = frame["type"]?.string ?? ""
                        seen.insert(name)
                        let schema = try #require(document["components"]?["messages"]?[name]?["payload"], "\(name)")
                        #expect(check.problems(frame, schema) == [], "\(text)")
                        if name == type { return frame }
                    }
                    throw WebSocketStream.Refused(head: "no \(type) came")
                }
                let later = "\(inAnHour())"
                _ = try await take("initial_load")
                for user in ["joao", "ana"] {
                    try await server.notify(
                        #"{"user_id":"maria","type":"like","actor_id":"\#(user)","target_type":"post","target_id":"1"}"#
                    )
                }
                let row = try await take("notification")["data"]?["notification_id"]?.string ?? ""
                _ = try await take("notification")
                try await server.notify(#"{"user_id":"maria","type":"news","metadata":{"a":[1,null]},"url":"/x"}"#)
                let other = try await take("notification")["data"]?["notification_id"]?.string ?? ""
                for (command, type) in [
                    (#"{"type":"ping","id":1}"#, "pong"), (#"{"type":"get_unread_count"}"#, "unread_count"),
                    (#"{"type":"list","limit":1,"id":"l"}"#, "notifications"),
                    (#"{"type":"mark_read","id":2,"notification_id":"\#(row)"}"#, "marked_read"),
                    (#"{"type":"mark_unread","notification_ids":["\#(row)","\#(other)"]}"#, "ok"),
                    (#"{"type":"mark_seen","notification_id":"\#(row)"}"#, "ok"),
                    (#"{"type":"archive","notification_id":"\#(row)"}"#, "ok"),
                    (#"{"type":"unarchive","notification_id":"\#(row)"}"#, "ok"),
                    (#"{"type":"snooze","notification_id":"\#(row)","until":"2000-01-01T00:00:00Z"}"#, "error"),
                    (#"{"type":"snooze","notification_id":"\#(row)","until":"\#(later)"}"#, "ok"),
                    (#"{"type":"unsnooze","notification_id":"\#(row)"}"#, "ok"),
                    (#"{"type":"mark_all_seen"}"#, "ok"), (#"{"type":"mark_all_read"}"#, "marked_all_read"),
                    (#"{"type":"mark_all_read"}"#, "marked_all_read"), (#"{"type":"nonsense"}"#, "error"),
                    (#"{"type":"refresh_token","token":"\#(token)","id":"r"}"#, "token_refreshed"),
                    (#"{"type":"typing","topic":"nowhere","is_typing":true}"#, "error"),
                    (#"{"type":"delete","notification_id":"\#(row)"}"#, "ok"),
                ] {
                    try await stream.send(command)
                    _ = try await take(type)
                }
                let headers = HTTPHeaders.bearer(token)
                for action in ["unread", "read", "archive", "unarchive"] {
                    _ = try await HTTP.post("\(server.base)/v1/notifications/\(other)/\(action)", headers: headers)
                    _ = try await take("notification_update")
                }
                try await server.notify(#"{"user_id":"maria","type":"news"}"#)
                _ = try await take("notification")
                try await server.notify(
                    #"{"user_id":"joao","type":"message","actor_id":"maria","message":"oi","receipt":true}"#)
                let poll = try await server.token(for: "joao")
                _ = try await HTTP.post(
                    "\(server.base)/v1/topics/room/members", #"{"user_ids":["maria","joao"]}"#,
                    headers: .bearer(try await server.apiKey()))
                try await WebSocketStream.with(port: server.port, token: poll) { stream in
                    try await stream.send(#"{"type":"typing","topic":"room","is_typing":true}"#)
                    _ = try await stream.next(type: "initial_load")
                }
                _ = try await take("typing")
                _ = try await HTTP.get("\(server.base)/v1/sync", headers: .bearer(poll))
                #expect(try await take("receipt")["data"]?["status"]?.string == "delivered")
                _ = try await HTTP.post(
                    "\(server.base)/v1/notifications/retract",
                    #"{"user_id":"maria","type":"like","actor_id":"ana","target_type":"post","target_id":"1"}"#,
                    headers: .bearer(try await server.apiKey()))
                _ = try await HTTP.post("\(server.base)/v1/notifications/read-all", headers: headers)
                while try await take("notification_update")["up_to_seq"] == nil {}
                return seen
            }
            let cursor = try await HTTP.get("\(server.base)/v1/sync", headers: .bearer(token)).json()["cursor"]?.string
            let start = try #require(cursor?.split(separator: ".").first)
            _ = try await WebSocketStream.with(port: server.port, token: token, since: "\(start).0") { stream in
                let sync = try #require(try await stream.next(type: "sync"))
                let schema = try #require(document["components"]?["messages"]?["sync"]?["payload"])
                #expect(check.problems(sync, schema) == [], "\(sync.text)")
            }
            let frames = (document["components"]?["messages"]?.members ?? []).map(\.name)
                .filter { !$0.hasPrefix("command_") }
            // The first comes a minute before a token ends; the session's own tests know it.
            #expect(Set(frames).subtracting(seen).sorted() == ["sync", "token_expiring"])
        }
    }
}

/// Goes through the API of one server, and compares every answer with its description.
private struct Visit {
    let server: ServerProcess
    let check: SchemaCheck
    let key: String
    let token: String
    var visited: Set<String> = []

    @discardableResult
    mutating func ask(
        _ method: HTTPMethod, _ template: String, _ query: String = "", id: String = "", as bearer: String? = nil,
        body: String? = nil, headers: HTTPHeaders = [:], expecting status: Int
    ) async throws -> HTTP.Response {
        visited.insert("\(method.rawValue) \(template)")
        let path = template.replacing("{id}", with: id).replacing("{name}", with: id)
            .replacing("{topic}", with: id).replacing("{user}", with: "ana")
        var headers = headers
        if let bearer { headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        if body != nil, !headers.contains(name: "Content-Type") {
            headers.add(name: "Content-Type", value: "application/json")
        }
        let answer = try await HTTP.send(method, "\(server.base)\(path)\(query)", headers: headers, body: body)
        #expect(answer.status == status, "\(method.rawValue) \(path): \(answer.body.prefix(300))")
        let operation = check.document["paths"]?[template]?[method.rawValue.lowercased()]
        let described = try #require(
            operation?["responses"]?["\(answer.status)"], "\(method.rawValue) \(template) \(answer.status)")
        compare(answer, check.resolved(described), place: "\(method.rawValue) \(path) \(answer.status)")
        return answer
    }

    private func compare(_ answer: HTTP.Response, _ described: JSON, place: String) {
        for header in described["headers"]?.members ?? []
        where check.resolved(header.value)["required"]?.bool == true {
            #expect(answer.headers.contains(name: header.name), "\(place) has no \(header.name)")
        }
        guard let content = described["content"] else {
            #expect(answer.body.isEmpty, "\(place) has a body: \(answer.body.prefix(100))")
            return
        }
        let type = answer.headers.first(name: "Content-Type")?.split(separator: ";").first.map(String.init) ?? ""
        guard let schema = content[type]?["schema"] else {
            Issue.record("\(place): \(type) is not described")
            return
        }
        guard type.hasSuffix("json"), !type.hasSuffix("ndjson") else { return }
        do {
            #expect(check.problems(try answer.json(), schema) == [], "\(place): \(answer.body.prefix(600))")
        } catch {
            Issue.record("\(place) is not JSON: \(answer.body.prefix(200))")
        }
    }

    mutating func producers() async throws {
        let like =
            #"{"user_id":"maria","type":"like","actor_id":"joao","actor_name":"João","target_type":"post","target_id":"42"}"#
        let once: HTTPHeaders = ["Idempotency-Key": "k1"]
        try await ask(.POST, "/v1/notifications", as: key, body: like, headers: once, expecting: 201)
        try await ask(.POST, "/v1/notifications", as: key, body: like, headers: once, expecting: 201)
        try await ask(
            .POST, "/v1/notifications", as: key, body: #"{"user_id":"maria","type":"x"}"#, headers: once, expecting: 422
        )
        try await ask(.POST, "/v1/notifications", as: key, body: #"{"type":1}"#, expecting: 400)
        try await ask(.POST, "/v1/notifications", as: token, body: like, expecting: 403)
        try await ask(.POST, "/v1/notifications", body: like, expecting: 401)
        try await ask(
            .POST, "/v1/notifications", as: key, body: String(repeating: " ", count: 1_100_000), expecting: 413)
        try await ask(
            .POST, "/v1/notifications", as: key,
            body:
                #"{"user_ids":["maria","joao"],"type":"like","actor_id":"maria","target_type":"post","target_id":"42"}"#,
            expecting: 201)
        try await ask(
            .POST, "/v1/notifications/batch", as: key,
            body:
                #"[\#(like),{"type":"x"},{"user_id":"maria","type":"news","title":"t","message":"m","idempotency_key":"b"}]"#,
            expecting: 200)
        try await ask(.POST, "/v1/notifications/batch", as: key, body: "[]", expecting: 400)
        let unlike = #"{"user_id":"joao","type":"like","actor_id":"maria","target_type":"post","target_id":"42"}"#
        try await ask(.POST, "/v1/notifications/retract", as: key, body: unlike, expecting: 200)
        try await ask(.POST, "/v1/notifications/retract", as: key, body: #"{"type":"x"}"#, expecting: 400)
        try await ask(.POST, "/v1/notifications/retract", as: token, body: unlike, expecting: 403)
        let profile = #"{"name":"Maria","email":"m@a.example","locale":"en"}"#
        try await ask(.PUT, "/v1/users/{id}", id: "maria", as: key, body: profile, expecting: 200)
        try await ask(.PUT, "/v1/users/{id}", id: "maria", as: key, body: #"{"email":"x"}"#, expecting: 400)
        try await ask(.GET, "/v1/users/{id}", id: "maria", as: key, expecting: 200)
        try await ask(.GET, "/v1/users/{id}", id: "nobody", as: key, expecting: 404)
        let preview = #"{"type":"like","locale":"es","actor_count":11,"target_type":"post","metadata":{}}"#
        try await ask(.POST, "/v1/templates/preview", as: key, body: preview, expecting: 200)
        try await ask(.POST, "/v1/templates/preview", as: key, body: "{}", expecting: 400)
        try await ask(.POST, "/v1/templates/preview", as: token, body: preview, expecting: 403)
    }

    mutating func schedules() async throws {
        let later = #"{"user_id":"maria","type":"reminder","send_at":"\#(inAnHour())"}"#
        let made = try await ask(.POST, "/v1/notifications", as: key, body: later, expecting: 201)
        let id = try made.json()["notifications"]?.array?.first?["schedule_id"]?.string ?? ""
        try await ask(.GET, "/v1/schedules", "?user_id=maria&limit=1", as: key, expecting: 200)
        try await ask(.GET, "/v1/schedules", "?limit=0", as: key, expecting: 400)
        try await ask(.GET, "/v1/schedules", as: token, expecting: 403)
        try await ask(.GET, "/v1/schedules/{id}", id: id, as: key, expecting: 200)
        try await ask(.DELETE, "/v1/schedules/{id}", id: id, as: key, expecting: 200)
        try await ask(.DELETE, "/v1/schedules/{id}", id: id, as: key, expecting: 404)
        try await ask(.GET, "/v1/schedules/{id}", id: id, as: key, expecting: 404)
    }

    mutating func deliveries() async throws {
        // Nobody listens there.
        let event = #"{"user_id":"pia","type":"news","channels":["email"]}"#
        try await ask(.POST, "/v1/notifications", as: key, body: event, expecting: 201)
        let list = try await ask(.GET, "/v1/deliveries", "?user_id=pia&limit=1", as: key, expecting: 200)
        let id = try list.json()["deliveries"]?.array?.first?["delivery_id"]?.string ?? ""
        try await ask(.GET, "/v1/deliveries", "?status=x", as: key, expecting: 400)
        try await ask(.GET, "/v1/deliveries", "?channel=x", as: key, expecting: 400)
        try await ask(.GET, "/v1/deliveries", as: token, expecting: 403)
        try await ask(.GET, "/v1/deliveries/{id}", id: id, as: key, expecting: 200)
        try await ask(.GET, "/v1/deliveries/{id}", id: "none", as: key, expecting: 404)
        try await ask(.POST, "/v1/deliveries/{id}/retry", id: "none", as: key, expecting: 404)
        try await ask(.POST, "/v1/deliveries/{id}/retry", id: id, as: key, expecting: 409)
    }

    mutating func topics() async throws {
        let members = "/v1/topics/{topic}/members"
        let users = #"{"user_ids":["ana","joao",7]}"#
        try await ask(.POST, members, id: "news", as: key, body: users, expecting: 200)
        try await ask(.POST, members, id: "news", as: key, body: "{}", expecting: 400)
        try await ask(.POST, members, id: "$online", as: key, body: users, expecting: 400)
        try await ask(.POST, members, id: "news", as: token, body: users, expecting: 403)
        try await ask(.POST, "\(members)/remove", id: "news", as: key, body: #"{"user_ids":[7]}"#, expecting: 200)
        try await ask(.POST, "\(members)/remove", id: "news", as: key, body: "[]", expecting: 400)
        try await ask(.PUT, "\(members)/{user}", id: "news", as: key, expecting: 204)
        try await ask(.DELETE, "\(members)/{user}", id: "other", as: key, expecting: 204)
        try await ask(.GET, members, "?limit=1", id: "news", as: key, expecting: 200)
        try await ask(.GET, members, "?limit=x", id: "news", as: key, expecting: 400)
        try await ask(.GET, "/v1/topics", as: key, expecting: 200)
        try await ask(.GET, "/v1/topics", "?limit=0", as: key, expecting: 400)
        try await ask(.GET, "/v1/topics/{topic}", id: "news", as: key, expecting: 200)
        try await ask(.GET, "/v1/users/{id}/topics", id: "ana", as: key, expecting: 200)
        let event =
            #"{"topic":"news","type":"news","actor_id":"zoe","target_type":"page","target_id":1,"message":"m"}"#
        let told = try await ask(.POST, "/v1/notifications", as: key, body: event, expecting: 202).json()
        let id = told["fanout_id"]?.string ?? ""
        try await ask(.POST, "/v1/notifications/batch", as: key, body: "[\(event)]", expecting: 200)
        try await ask(.POST, "/v1/notifications/retract", as: key, body: event, expecting: 202)
        try await ask(.GET, "/v1/fanouts", "?limit=1", as: key, expecting: 200)
        try await ask(.GET, "/v1/fanouts", "?cursor=x", as: key, expecting: 400)
        try await ask(.GET, "/v1/fanouts/{id}", id: id, as: key, expecting: 200)
        try await ask(.GET, "/v1/fanouts/{id}", id: "none", as: key, expecting: 404)
        try await ask(.DELETE, "/v1/fanouts/{id}", id: id, as: key, expecting: 200)
        try await ask(.DELETE, "/v1/fanouts/{id}", id: "none", as: key, expecting: 404)
        let later = #"{"topic":"news","type":"news","send_at":"\#(inAnHour())"}"#
        try await ask(.POST, "/v1/notifications", as: key, body: later, expecting: 201)
        try await ask(.GET, "/v1/schedules", as: key, expecting: 200)
        try await ask(.DELETE, "/v1/topics/{topic}", id: "news", as: key, expecting: 204)
    }

    mutating func inbox() async throws {
        let list = try await ask(.GET, "/v1/notifications", as: token, expecting: 200)
        let id = try list.json()["notifications"]?.array?.first?["notification_id"]?.string ?? ""
        let tag: HTTPHeaders = ["If-None-Match": list.headers.first(name: "ETag") ?? ""]
        try await ask(.GET, "/v1/notifications", as: token, headers: tag, expecting: 304)
        try await ask(.GET, "/v1/notifications", "?limit=x", as: token, expecting: 400)
        try await ask(.GET, "/v1/notifications", expecting: 401)
        try await ask(.GET, "/v1/notifications", "?user_id=joao", as: token, expecting: 403)
        try await ask(.GET, "/v1/notifications", "?user_id=maria&limit=1", as: key, expecting: 200)
        try await ask(.GET, "/notifications", as: token, expecting: 200)
        try await ask(.GET, "/v1/notifications/unread-count", as: token, expecting: 200)
        try await ask(.GET, "/v1/notifications/{id}", id: id, as: token, expecting: 200)
        try await ask(.GET, "/v1/notifications/{id}", id: "nothing", as: token, expecting: 404)
        try await ask(.GET, "/v1/notifications/{id}/actors", id: id, as: token, expecting: 200)
        try await ask(.GET, "/v1/notifications/{id}/actors", "?limit=0", id: id, as: token, expecting: 400)
        try await ask(.GET, "/v1/notifications/{id}/actors", id: "nothing", as: token, expecting: 404)
        let until = #"{"until":"\#(inAnHour())"}"#
        try await ask(.POST, "/v1/notifications/{id}/snooze", id: id, as: token, body: until, expecting: 200)
        try await ask(.POST, "/v1/notifications/{id}/snooze", id: id, as: token, body: "{}", expecting: 400)
        let bulk = #"{"operation":"seen","notification_ids":["\#(id)"]}"#
        try await ask(.POST, "/v1/notifications/bulk", as: token, body: bulk, expecting: 200)
        try await ask(.POST, "/v1/notifications/bulk", as: token, body: "{}", expecting: 400)
        for action in ["unsnooze", "read", "unread", "seen", "archive", "unarchive"] {
            try await ask(.POST, "/v1/notifications/{id}/\(action)", id: id, as: token, expecting: 200)
            try await ask(.POST, "/v1/notifications/{id}/\(action)", id: "nothing", as: token, expecting: 404)
        }
        try await ask(.POST, "/v1/notifications/read-all", as: token, body: #"{"up_to_seq":1}"#, expecting: 200)
        try await ask(.POST, "/v1/notifications/read-all", as: token, body: #"{"up_to_seq":"x"}"#, expecting: 400)
        try await ask(.POST, "/v1/notifications/seen-all", as: token, expecting: 200)
        try await ask(.DELETE, "/v1/notifications/{id}", id: id, as: token, expecting: 200)
    }

    mutating func live() async throws {
        try await ask(.POST, "/v1/tickets", as: token, expecting: 201)
        try await ask(.POST, "/v1/tickets", expecting: 401)
        let start = try await ask(.GET, "/v1/sync", as: token, expecting: 200).json()["cursor"]?.string ?? ""
        try await ask(.GET, "/v1/sync", "?since=\(start)&wait=0", as: token, expecting: 204)
        let beginning = "\(start.prefix { $0 != "." }).0"
        try await ask(.GET, "/v1/sync", "?since=\(beginning)", as: token, expecting: 200)
        try await ask(.GET, "/v1/sync", "?wait=x", as: token, expecting: 400)
        for path in ["/sse/notifications", "/v1/sse"] {
            try await ask(.GET, path, expecting: 401)
            let events = try await ServerSentEvents.first(1, port: server.port, path: path, token: token)
            #expect(events.first?.event == "initial_load")
        }
        for path in ["/ws/notifications", "/v1/ws"] { try await ask(.GET, path, as: token, expecting: 426) }
    }

    mutating func preferences() async throws {
        let said = """
            {"types":{"like":{"email":{"digest":"weekly","day":"monday","at":"08:00"},"push":false},"*":{"in_app":true}},
             "quiet_hours":{"from":"22:00","to":"07:00","days":["monday"],"timezone":"Europe/Lisbon"},
             "do_not_disturb_until":"\(inAnHour())"}
            """
        for (path, id, bearer) in [("/v1/preferences", "", token), ("/v1/users/{id}/preferences", "maria", key)] {
            try await ask(.PUT, path, id: id, as: bearer, body: said, expecting: 200)
            try await ask(.PATCH, path, id: id, as: bearer, body: #"{"types":{"x":{"push":true}}}"#, expecting: 200)
            let shown = try await ask(.GET, path, id: id, as: bearer, expecting: 200)
            try await ask(.PUT, path, id: id, as: bearer, body: shown.body, expecting: 200)
            try await ask(.PUT, path, id: id, as: bearer, body: #"{"types":1}"#, expecting: 400)
            try await ask(.PATCH, path, id: id, as: bearer, body: #"{"types":{"x":null}}"#, expecting: 200)
            try await ask(.PATCH, path, id: id, as: bearer, body: #"{"quiet":null}"#, expecting: 400)
            try await ask(.GET, path, id: id, expecting: 401)
        }
        try await ask(.GET, "/v1/users/{id}/preferences", id: "maria", as: token, expecting: 403)
        let post = #"{"target_type":"post","target_id":"7"}"#
        try await ask(.POST, "/v1/mutes", as: token, body: post, expecting: 201)
        try await ask(.POST, "/v1/mutes", "?user_id=maria", as: key, body: #"{"actor_id":"zoe"}"#, expecting: 201)
        try await ask(.POST, "/v1/mutes", as: token, body: "{}", expecting: 400)
        try await ask(.GET, "/v1/mutes", as: token, expecting: 200)
        try await ask(.DELETE, "/v1/mutes", "?target_type=post&target_id=7", as: token, expecting: 204)
        try await ask(.DELETE, "/v1/mutes", as: token, expecting: 400)
        try await unsubscribe()
    }

    private mutating func unsubscribe() async throws {
        let asked = #"{"type":"like","base_url":"https://peal.example"}"#
        let links = "/v1/users/{id}/unsubscribe-links"
        let made = try await ask(.POST, links, id: "maria", as: key, body: asked, expecting: 200)
        try await ask(.POST, links, id: "maria", as: key, body: #"{"base_url":"x"}"#, expecting: 400)
        let query = "?" + (try made.json()["url"]?.string?.split(separator: "?").last.map(String.init) ?? "")
        let click = "List-Unsubscribe=One-Click"
        let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        try await ask(.GET, "/v1/unsubscribe", query, expecting: 200)
        try await ask(.GET, "/v1/unsubscribe", "?token=x", expecting: 400)
        try await ask(.GET, "/v1/unsubscribe", headers: ["Accept": "text/html"], expecting: 400)
        try await ask(.POST, "/v1/unsubscribe", query, body: click, headers: form, expecting: 200)
        try await ask(.POST, "/v1/unsubscribe", query, body: "a=b", headers: form, expecting: 400)
        try await ask(.POST, "/v1/resubscribe", query, body: click, headers: form, expecting: 200)
        try await ask(.POST, "/v1/resubscribe", "?token=x", body: click, headers: form, expecting: 400)
    }

    mutating func owners() async throws {
        let counts = "/v1/notifications/counts"
        let first = try await ask(.GET, counts, as: token, expecting: 200)
        let tag: HTTPHeaders = ["If-None-Match": first.headers.first(name: "ETag") ?? ""]
        try await ask(.GET, counts, as: token, headers: tag, expecting: 304)
        try await ask(.GET, counts, "?type=news&user_id=maria", as: key, expecting: 200)
        try await ask(.GET, counts, expecting: 401)
        try await keys()
        try await ask(.GET, "/v1/export", as: token, expecting: 200)
        try await ask(.GET, "/v1/export", as: key, expecting: 403)
        try await ask(.GET, "/v1/users/{id}/export", id: "maria", as: key, expecting: 200)
        try await ask(.GET, "/v1/users/{id}/export", id: "maria", as: token, expecting: 403)
        try await ask(.GET, "/v1/users/{id}/erasure", id: "ana", as: key, expecting: 404)
        try await ask(.DELETE, "/v1/users/{id}", "?revoke=x", id: "ana", as: key, expecting: 400)
        try await ask(.DELETE, "/v1/users/{id}", id: "ana", as: token, expecting: 403)
        try await ask(.DELETE, "/v1/users/{id}", "?revoke=true", id: "ana", as: key, expecting: 200)
    }

    private mutating func keys() async throws {
        try await ask(.GET, "/v1/keys", as: key, expecting: 200)
        try await ask(.GET, "/v1/keys", as: token, expecting: 403)
        try await ask(.POST, "/v1/keys", as: key, body: "{}", expecting: 400)
        let made = try await ask(
            .POST, "/v1/keys", as: key, body: #"{"label":"a","scopes":["notify"],"quota":{"per_day":1}}"#,
            expecting: 201)
        let id = try made.json()["id"]?.string ?? ""
        let limited = try made.json()["key"]?.string ?? ""
        let event = #"{"user_id":"maria","type":"news"}"#
        try await ask(.POST, "/v1/notifications", as: limited, body: event, expecting: 201)
        try await ask(.POST, "/v1/notifications", as: limited, body: event, expecting: 429)
        try await ask(.POST, "/v1/notifications/batch", as: limited, body: "[\(event)]", expecting: 429)
        try await ask(.PATCH, "/v1/keys/{id}", id: id, as: key, body: #"{"quota":{"per_second":5}}"#, expecting: 200)
        try await ask(.POST, "/v1/notifications/batch", as: limited, body: "[\(event)]", expecting: 200)
        try await ask(.PATCH, "/v1/keys/{id}", id: id, as: key, body: #"{"quota":1}"#, expecting: 400)
        try await ask(.PATCH, "/v1/keys/{id}", id: "none", as: key, body: "{}", expecting: 404)
        try await ask(.DELETE, "/v1/keys/{id}", id: id, as: key, expecting: 200)
        try await ask(.PATCH, "/v1/keys/{id}", id: id, as: key, body: "{}", expecting: 409)
        try await ask(.DELETE, "/v1/keys/{id}", id: "none", as: key, expecting: 404)
    }

    /// Last: the token is worth nothing afterwards.
    mutating func revocation() async throws {
        let path = "/v1/users/{id}/revoke"
        try await ask(.POST, path, id: "joao", as: key, body: #"{"jti":"t1","exp":1768473600}"#, expecting: 200)
        try await ask(.POST, path, id: "joao", as: key, body: #"{"jti":1}"#, expecting: 400)
        try await ask(.POST, path, id: "maria", as: token, expecting: 403)
        try await ask(.POST, path, id: "maria", as: key, expecting: 200)
        try await ask(.GET, "/v1/notifications", as: token, expecting: 403)
        try await ask(.GET, "/v1/sync", as: token, expecting: 403)
    }

    mutating func pages() async throws {
        for path in ["/health", "/health/live", "/health/ready"] { try await ask(.GET, path, expecting: 200) }
        for path in [
            "/openapi.json", "/asyncapi.json", "/demo", "/demo/demo.css", "/demo/demo.js", "/demo/elements.js",
            "/demo/preferences.js", "/favicon.ico", "/favicon.svg", "/notification.mp3", "/v1/unsubscribe.css",
        ] {
            let answer = try await ask(.GET, path, expecting: 200)
            let tag: HTTPHeaders = ["If-None-Match": answer.headers.first(name: "ETag") ?? ""]
            try await ask(.GET, path, headers: tag, expecting: 304)
        }
        // The client follows where `--dev` leads, to the demo.
        try await ask(.GET, "/", expecting: 200)
        try await ask(.GET, "/client/{name}", id: "index.js", expecting: 200)
        try await ask(.GET, "/client/{name}", id: "nothing.js", expecting: 404)
        let ana = #"{"user_id":"ana","name":"Ana"}"#
        try await ask(.POST, "/demo/session", body: ana, expecting: 200)
        try await ask(
            .POST, "/demo/session", body: ana, headers: ["Content-Type": "text/plain"], expecting: 415)
        try await ask(.POST, "/demo/act", body: #"{"user_id":"ana","type":"news","burst":2}"#, expecting: 201)
        try await ask(
            .POST, "/demo/act", body: #"{"user_id":"ana","type":"like","actor_id":"joao","retract":true}"#,
            expecting: 204)
        try await ask(.POST, "/demo/act", body: "{}", expecting: 400)
    }
}

private func inAnHour() -> Timestamp {
    Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1000) + 3_600_000)
}
