import Foundation
import PealCore
import Testing

/// Events for topics, against a server that is killed on the way.
@Suite(.timeLimit(.minutes(3))) struct TopicTests {
    private func add(_ count: Int, to topic: String, _ server: ServerProcess, key: String) async throws {
        for start in stride(from: 0, to: count, by: 1000) {
            let users = (start..<min(start + 1000, count)).map { #""u\#($0)""# }.joined(separator: ",")
            let answer = try await HTTP.post(
                "\(server.base)/v1/topics/\(topic)/members", #"{"user_ids":[\#(users)]}"#, headers: .bearer(key))
            try #require(answer.status == 200, "\(answer.body)")
        }
    }

    private func fanOut(_ id: String, _ server: ServerProcess, key: String) async throws -> JSON {
        try await HTTP.get("\(server.base)/v1/fanouts/\(id)", headers: .bearer(key)).json()
    }

    private func members(_ id: String, _ server: ServerProcess, key: String) async throws -> Int64 {
        try await fanOut(id, server, key: key)["members"]?.integer ?? -1
    }

    private func finished(_ id: String, _ server: ServerProcess, key: String) async throws -> JSON {
        for _ in 0..<1200 {
            let fanOut = try await fanOut(id, server, key: key)
            if fanOut["status"]?.string == "finished" { return fanOut }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw WebSocketStream.Refused(head: "the fan-out did not end")
    }

    /// No second copy, and nobody left out, wherever the kill meets it.
    @Test func everyMemberIsToldOnceHoweverOftenTheServerIsKilled() async throws {
        try await ServerProcess.with { server in
            let key = try await server.apiKey()
            let count = 12_000
            try await add(count, to: "news", server, key: key)
            let answer = try await HTTP.post(
                "\(server.base)/v1/notifications", #"{"topic":"news","type":"news","message":"m"}"#,
                headers: .bearer(key))
            #expect(answer.status == 202)
            let id = try #require(try answer.json()["fanout_id"]?.string)
            var stages: [Int64] = []
            for _ in 0..<6 {
                // As soon as it has come further, however fast the machine is.
                for _ in 0..<100 where try await members(id, server, key: key) <= stages.last ?? 0 {
                    try await Task.sleep(for: .milliseconds(1))
                }
                await server.kill()
                try await server.start()
                stages.append(try await members(id, server, key: key))
            }
            #expect(stages.contains { $0 > 0 && $0 < count }, "killed on the way: \(stages)")
            let end = try await finished(id, server, key: key)
            #expect(end["members"]?.integer == Int64(count) && end["created"]?.integer == Int64(count))
            for user in (0..<count).filter({ $0 % 197 == 0 || $0 == count - 1 }) {
                let token = try await server.token(for: "u\(user)")
                let page = try await HTTP.get("\(server.base)/v1/notifications", headers: .bearer(token)).json()
                #expect(page["unread_count"]?.integer == 1 && page["notifications"]?.array?.count == 1, "u\(user)")
            }
        }
    }

    @Test func everyoneOnlineIsToldAndNobodyElse() async throws {
        try await ServerProcess.with { server in
            let key = try await server.apiKey()
            try await server.notify(#"{"user_id":"absent","type":"x"}"#)
            let token = try await server.token(for: "maria")
            try await WebSocketStream.with(port: server.port, token: token) { stream in
                _ = try #require(try await stream.next(type: "initial_load"))
                let sent = try await PealBinary.run([
                    "send", "--topic", "$online", "--type", "news", "--message", "hello", "--url", server.base,
                    "--data-directory", server.data.path,
                ])
                #expect(sent.status == 0 && sent.standardOutput.hasPrefix("accepted  $online  fan-out "), "\(sent)")
                let frame = try #require(try await stream.next(type: "notification"))
                #expect(frame["data"]?["message"]?.string == "hello" && frame["unread_count"]?.integer == 1)
                let id = sent.standardOutput.split(separator: " ").last.map(String.init) ?? ""
                let end = try await finished(
                    id.trimmingCharacters(in: .whitespacesAndNewlines), server, key: key)
                #expect(end["members"]?.integer == 1)
                // One that ends with a step for nobody is measured too.
                var metrics = ""
                for _ in 0..<100 where !metrics.contains("fanout_duration_seconds_count 1") {
                    metrics = try await HTTP.get("http://127.0.0.1:\(server.metricsPort)/metrics").body
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(metrics.contains("fanout_duration_seconds_count 1"))
            }
            let absent = try await server.token(for: "absent")
            let page = try await HTTP.get("\(server.base)/v1/notifications", headers: .bearer(absent)).json()
            #expect(page["unread_count"]?.integer == 1)
        }
    }
}
