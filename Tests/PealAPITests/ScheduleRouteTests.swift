import HTTPTypes
import PealAuth
import PealCore
import PealPipeline
import Testing

@testable import PealAPI

@Suite struct ScheduleRouteTests {
    let server: TestServer

    init() async throws { server = try await TestServer() }

    private func later(_ seconds: Int) -> String { "\(server.clock.now() + .seconds(seconds))" }

    private func post(_ body: String, key: String? = nil, headers: HTTPFields = [:]) async throws -> Answer {
        try await server.send(.post, "/v1/notifications", token: key ?? server.key, headers: headers, body: body)
    }

    private func schedule(_ user: String, in seconds: Int) async throws -> String {
        let answer = try await post(#"{"user_id":"\#(user)","type":"news","send_at":"\#(later(seconds))"}"#)
        return try #require(answer.rows.first?["schedule_id"]?.string)
    }

    private func get(_ path: String) async throws -> Answer {
        try await server.send(.get, "/v1/schedules\(path)", token: server.key)
    }

    @Test func anEventIsAcceptedShownAndCancelled() async throws {
        let answer = try await post(
            #"""
            {"user_ids":["m",7],"type":"invoice","actor_id":"a","actor_name":"Ana","target_type":"bill","target_id":9,
            "title":"t","message":"m","excerpt":"e","url":"/b","priority":"high","metadata":{"n":1.50},
            "send_at":"\#(later(60))","expires_at":"\#(later(90))","occurred_at":"\#(later(-9))","receipt":true}
            """#)
        #expect(answer.status == 201)
        #expect(answer.rows.map { $0["outcome"]?.string } == ["scheduled", "scheduled"])
        #expect(answer.rows.map { $0["user_id"]?.string } == ["m", "7"])
        #expect(answer.rows.allSatisfy { $0["notification_id"] == .null && $0["seq"] == .null })
        #expect(answer.rows.allSatisfy { $0["send_at"]?.string == later(60) })
        let id = try #require(answer.rows[0]["schedule_id"]?.string)
        #expect(answer.rows[1]["schedule_id"]?.string == id)
        #expect(try await server.store.inbox(of: UserID(trusted: "m")) == Inbox())

        let shown = try await get("/\(id)")
        let expected = try JSON.parse(
            #"""
            {"schedule_id":"\#(id)","send_at":"\#(later(60))","created_at":"\#(later(0))","topic":null,"user_ids":["m","7"],
            "type":"invoice","actor_id":"a","actor_name":"Ana","target_type":"bill","target_id":"9","title":"t",
            "message":"m","excerpt":"e","url":"/b","priority":"high","metadata":{"n":1.50},
            "occurred_at":"\#(later(-9))","expires_at":"\#(later(90))","receipt":true,"status":"scheduled"}
            """#.utf8)
        #expect(shown.status == 200 && shown.json == expected)
        #expect(try await get("")["schedules"]?.array?.count == 1)
        let cancelled = try await server.send(.delete, "/v1/schedules/\(id)", token: server.key)
        #expect(cancelled.status == 200 && cancelled["status"]?.string == "cancelled")
        for method in [HTTPRequest.Method.delete, .get] {
            let again = try await server.send(method, "/v1/schedules/\(id)", token: server.key)
            #expect(again.status == 404 && again.code == "not_found")
        }
        #expect(try await server.send(.delete, "/v1/schedules/x", token: server.key).status == 404)
    }

    @Test func itArrivesAtItsTime() async throws {
        _ = try await schedule("m", in: 60)
        let worker = ScheduleWorker(store: server.store, alarm: ScheduleAlarm(), clock: server.clock.now)
        server.clock.advance(by: .seconds(59))
        _ = await worker.pass()
        #expect(try await server.get("/v1/notifications", as: "m").rows.isEmpty)
        server.clock.advance(by: .seconds(1))
        _ = await worker.pass()
        #expect(try await server.get("/v1/notifications", as: "m").rows.count == 1)
        #expect(try await get("")["schedules"]?.array == [])
    }

    @Test func listsArePaged() async throws {
        var ids: [Int: String] = [:]
        for seconds in [50, 10, 40, 20, 30] {
            ids[seconds] = try await schedule(seconds == 20 ? "other" : "m", in: seconds)
        }
        func pages(_ query: String) async throws -> [[String]] {
            var pages: [[String]] = []
            var cursor = ""
            repeat {
                let page = try await get("?\(query)&cursor=\(cursor)")
                #expect(page.status == 200)
                pages.append((page["schedules"]?.array ?? []).compactMap { $0["schedule_id"]?.string })
                cursor = page["next_cursor"]?.string ?? ""
            } while !cursor.isEmpty
            return pages
        }
        let all = [10, 20, 30, 40, 50].compactMap { ids[$0] }
        #expect(try await pages("limit=2") == [Array(all[..<2]), Array(all[2..<4]), Array(all[4...])])
        #expect(try await pages("limit=5") == [all])
        #expect(try await pages("limit=1&user_id=other") == [[all[1]]])
        for query in ["limit=0", "limit=201", "cursor=x", "user_id=%00"] {
            #expect(try await get("?\(query)").code == "invalid_parameter", "\(query)")
        }
    }

    @Test func theScopeDecides() async throws {
        let id = try await schedule("m", in: 60)
        for (scope, key) in server.keys {
            let mayRead = [.notify, .read, .admin].contains(scope)
            for path in ["/v1/schedules", "/v1/schedules/\(id)"] {
                #expect(try await server.send(.get, path, token: key).status == (mayRead ? 200 : 403), "\(scope)")
            }
            if ![.notify, .admin].contains(scope) {
                #expect(try await server.send(.delete, "/v1/schedules/\(id)", token: key).status == 403)
            }
        }
        #expect(try await server.get("/v1/schedules", as: "m").code == "api_key_required")
        #expect(try await server.send(.get, "/v1/schedules").status == 401)
    }

    @Test func timesThatCannotBeMeantAreNamed() async throws {
        let day = 86_400
        for (fields, error) in [
            (#""send_at":"\#(later(367 * day))""#, "send_at invalid"), (#""send_at":"soon""#, "send_at invalid"),
            (#""send_at":"\#(later(60))","expires_at":"\#(later(60))""#, "send_at conflict"),
        ] {
            let body = #"{"user_id":"m","type":"news",\#(fields)}"#
            let answer = try await post(body)
            #expect(answer.status == 400 && answer.code == "validation_failed" && answer.errors == [error])
            let batch = try await server.send(
                .post, "/v1/notifications/batch", token: server.key, body: #"[\#(body),{"user_id":"m","type":"news"}]"#)
            let results = batch["results"]?.array ?? []
            #expect(results.map { $0["status"]?.integer } == [400, 201])
        }
        // In the past: now.
        #expect(
            try await post(#"{"user_id":"m","type":"news","send_at":"\#(later(-1))"}"#).rows[0]["seq"]?.integer == 4)
    }

    @Test func itemsOfABatchHaveSchedulesOfTheirOwn() async throws {
        let item = #"{"user_id":"m","type":"news","send_at":"\#(later(60))"}"#
        let batch = try await server.send(
            .post, "/v1/notifications/batch", token: server.key, headers: [.idempotencyKey: "b"],
            body: "[\(item),\(item)]")
        let ids = (batch["results"]?.array ?? []).map { $0["notifications"]?.array?.first?["schedule_id"]?.string }
        #expect(ids.count == 2 && Set(ids).count == 2 && !ids.contains(nil))
        let again = try await server.send(
            .post, "/v1/notifications/batch", token: server.key, headers: [.idempotencyKey: "b"],
            body: "[\(item),\(item)]")
        #expect((again["results"]?.array ?? []).allSatisfy { $0["replayed"]?.bool == true })
        #expect(try await server.store.scheduleCount() == 2)
    }

    @Test func repeatingMakesNoSecondOne() async throws {
        let body = #"{"user_id":"m","type":"news","send_at":"\#(later(60))"}"#
        let first = try await post(body, headers: [.idempotencyKey: "k"])
        let second = try await post(body, headers: [.idempotencyKey: "k"])
        #expect(second.status == 201 && second.json == first.json)
        #expect(second.headers[.idempotentReplayed] == "true")
        let other = try await post(
            #"{"user_id":"m","type":"news","send_at":"\#(later(61))"}"#, headers: [.idempotencyKey: "k"])
        #expect(other.status == 422 && other.code == "idempotency_conflict")
        #expect(try await server.store.scheduleCount() == 1)
    }

    @Test func whatIsTakenBackIsCancelled() async throws {
        let like = #""type":"like","actor_id":"a","target_type":"post","target_id":"1""#
        let answer = try await post(#"{"user_ids":["m","n"],\#(like),"send_at":"\#(later(60))"}"#)
        let id = try #require(answer.rows.first?["schedule_id"]?.string)
        let taken = try await server.send(
            .post, "/v1/notifications/retract", token: server.key, body: #"{"user_id":"m",\#(like)}"#)
        let expected = try JSON.parse(
            #"""
            {"notifications":[
            {"notification_id":null,"user_id":"m","seq":null,"outcome":"cancelled","schedule_id":"\#(id)"}]}
            """#.utf8)
        #expect(taken.status == 200 && taken.json == expected)
        #expect(try await get("/\(id)")["user_ids"]?.array == [.string("n")])
    }

    @Test func theExportShowsWhatWaitsAndNobodyElse() async throws {
        _ = try await post(
            #"{"user_ids":["m","secret-friend"],"type":"news","message":"later","send_at":"\#(later(60))"}"#)
        let export = try await server.get("/v1/export", as: "m")
        let line = export.text.split(separator: "\n").first { $0.contains(#""section":"schedule""#) }
        #expect(line?.contains(#""message":"later""#) == true)
        #expect(!export.text.contains("secret-friend"))
    }

    @Test func aStoreThatIsDownSaysSo() async throws {
        let id = try await schedule("m", in: 60)
        server.store.fail(with: .unavailable)
        for path in ["/v1/schedules", "/v1/schedules/\(id)"] {
            #expect(try await server.send(.get, path, token: server.key).status == 503)
        }
        #expect(try await server.send(.delete, "/v1/schedules/\(id)", token: server.key).status == 503)
    }
}
