import Foundation
import NIOHTTP1
import PealCore
import Testing

/// Events for later, against a server that is killed before and around their time.
@Suite(.timeLimit(.minutes(3))) struct ScheduleTests {
    private func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// Accepts reminders, each with a time of its own, in one request.
    private func schedule(
        _ server: ServerProcess, _ times: [(name: String, time: Timestamp)], key: String
    ) async throws -> [String] {
        let items = times.map { name, time in
            #"{"user_id":"maria","type":"reminder","message":"\#(name)","send_at":"\#(time)"}"#
        }
        let answer = try await HTTP.post(
            "\(server.base)/v1/notifications/batch", "[\(items.joined(separator: ","))]", headers: .bearer(key))
        let results = try answer.json()["results"]?.array ?? []
        let ids = results.compactMap { $0["notifications"]?.array?.first?["schedule_id"]?.string }
        try #require(ids.count == times.count, "\(answer.body)")
        return ids
    }

    private func rows(_ server: ServerProcess, token: String) async throws -> [JSON] {
        let answer = try await HTTP.get("\(server.base)/v1/notifications?limit=200", headers: .bearer(token))
        return try answer.json()["notifications"]?.array ?? []
    }

    @Test func eachArrivesOnceHoweverOftenTheServerIsKilled() async throws {
        try await ServerProcess.with { server in
            let key = try await server.apiKey()
            let token = try await server.token(for: "maria")
            let start = now()
            // Some of them at one moment, so that a kill meets a batch of them.
            let times = (0..<60).map { (name: "n\($0)", time: start + .milliseconds(4000 + $0 / 6 * 300)) }
            let due = Dictionary(uniqueKeysWithValues: times.map { ($0.name, $0.time) })
            let ids = try await schedule(server, times + [("cancelled", start + .seconds(5))], key: key)
            let gone = try await HTTP.send(.DELETE, "\(server.base)/v1/schedules/\(ids[60])", headers: .bearer(key))
            #expect(gone.status == 200)
            // Once before anything is due, then again and again around their times.
            await server.kill()
            try await server.start()
            for round in 0..<5 {
                let wake = start + .milliseconds(4000 + round * 610)
                try await Task.sleep(for: max(.zero, wake - now()))
                await server.kill()
                try await server.start()
            }
            for _ in 0..<300 where try await rows(server, token: token).count < due.count {
                try await Task.sleep(for: .milliseconds(50))
            }
            try await Task.sleep(for: .milliseconds(500))
            let rows = try await rows(server, token: token)
            #expect(rows.compactMap { $0["message"]?.string }.sorted() == due.keys.sorted())
            for row in rows {
                let time = try #require(due[row["message"]?.string ?? ""])
                let created = try #require(row["created_at"]?.string.flatMap(Timestamp.init(iso8601:)))
                #expect(created >= time, "never before its time")
            }
            // In their order, also what was overdue after a restart.
            let order = rows.sorted { ($0["seq"]?.integer ?? 0) < ($1["seq"]?.integer ?? 0) }
            let numbers = order.compactMap { $0["message"]?.string.flatMap { Int($0.dropFirst()) } }
            #expect(numbers == Array(0..<60))
            let left = try await HTTP.get("\(server.base)/v1/schedules", headers: .bearer(key)).json()
            #expect(left["schedules"]?.array == [])
        }
    }

    @Test func aServerThatRunsIsExactToASecond() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            let sent = try await PealBinary.run([
                "send", "--user", "maria", "--type", "reminder", "--message", "soon", "--in", "2s", "--url",
                server.base,
                "--data-directory", server.data.path,
            ])
            #expect(sent.status == 0, "\(sent.standardError)")
            let words = sent.standardOutput.split(separator: " ", omittingEmptySubsequences: true)
            #expect(words.first == "scheduled" && words.count == 5)
            let time = try #require(
                words.last.flatMap { Timestamp(iso8601: $0.trimmingCharacters(in: .whitespacesAndNewlines)) })
            #expect(try await rows(server, token: token).isEmpty)
            for _ in 0..<200 where try await rows(server, token: token).isEmpty {
                try await Task.sleep(for: .milliseconds(25))
            }
            let created = try #require(
                try await rows(server, token: token).first?["created_at"]?.string.flatMap(Timestamp.init(iso8601:)))
            #expect(created >= time && created - time < .seconds(1), "\(created) for \(time)")
            try await Task.sleep(for: .milliseconds(200))
            let metrics = try await HTTP.get("http://127.0.0.1:\(server.metricsPort)/metrics").body
            #expect(metrics.contains("schedules_sent_total 1") && metrics.contains("schedules_pending 0"))
            #expect(metrics.contains("schedule_lateness_seconds_count 1"))
            let both = try await PealBinary.run([
                "send", "--user", "maria", "--type", "x", "--in", "2s", "--at", "2026-12-01T09:00:00Z",
            ])
            #expect(both.status != 0 && both.standardError.contains("not both"))
        }
    }
}
