import Foundation
import PealCore
import Testing

/// Hundreds of writers on one group, from several processes at once, each with many connections: every count is exact.
@Suite(.timeLimit(.minutes(3))) struct ManyWritersTests {
    private static let processes = 6
    private static let actsOfEach = 50

    private static func actors(of process: Int) -> [String] { (0..<actsOfEach).map { "p\(process)-\($0)" } }

    /// One program that makes all of its requests at the same time.
    private func post(
        _ bodies: [String], to path: String, of server: ServerProcess, key: String
    ) async throws -> [String: Int] {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let requests = try bodies.enumerated().map { number, body in
            let file = folder.appending(path: "\(number).json")
            try Data(body.utf8).write(to: file)
            return """
                url = "\(server.base)\(path)"
                header = "Authorization: Bearer \(key)"
                header = "Content-Type: application/json"
                data = "@\(file.path)"
                output = "/dev/null"
                write-out = "%{http_code}\\n"
                silent
                show-error
                """
        }
        let list = folder.appending(path: "requests")
        try Data(requests.joined(separator: "\nnext\n").utf8).write(to: list)
        let output = try await Program.run(
            "curl",
            [
                "--no-progress-meter", "--parallel", "--parallel-immediate", "--parallel-max", "50", "--config",
                list.path,
            ])
        #expect(output.status == 0, "\(output.text)")
        return output.text.split(separator: "\n").reduce(into: [:]) { $0[String($1), default: 0] += 1 }
    }

    private func like(_ actor: String, _ target: String) -> String {
        #"{"user_id":"maria","type":"like","actor_id":"\#(actor)","target_type":"post","target_id":"\#(target)"}"#
    }

    /// All processes at once; each of their requests must succeed.
    private func fromAll(
        _ path: String, _ server: ServerProcess, status: String,
        bodies: @escaping @Sendable (_ process: Int) -> [String]
    ) async throws {
        let key = try await server.apiKey()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for process in 0..<Self.processes {
                group.addTask {
                    let bodies = bodies(process)
                    let statuses = try await post(bodies, to: path, of: server, key: key)
                    #expect(statuses == [status: bodies.count])
                }
            }
            try await group.waitForAll()
        }
    }

    private func list(_ server: ServerProcess, token: String) async throws -> (rows: [JSON], unread: Int64?) {
        let page = try await HTTP.get("\(server.base)/v1/notifications?limit=200", headers: .bearer(token)).json()
        return (page["notifications"]?.array ?? [], page["unread_count"]?.integer)
    }

    private func allActors(of row: JSON, _ server: ServerProcess, token: String) async throws -> [String] {
        let id = row["notification_id"]?.string ?? ""
        var actors: [String] = []
        while true {
            let page = try await HTTP.get(
                "\(server.base)/v1/notifications/\(id)/actors?limit=100&offset=\(actors.count)", headers: .bearer(token)
            ).json()
            let found = page["actors"]?.array?.compactMap { $0["id"]?.string } ?? []
            actors += found
            if page["next_offset"]?.integer == nil { return actors }
        }
    }

    @Test func oneGroupOfAllWhoActAndAllWhoTakeItBack() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            // A tenth of the acts come twice, from two processes.
            try await fromAll("/v1/notifications", server, status: "201") { process in
                Self.actors(of: process).map { like($0, "42") }
                    + Self.actors(of: (process + 1) % Self.processes).prefix(5).map { like($0, "42") }
            }
            var (rows, unread) = try await list(server, token: token)
            #expect(rows.count == 1 && unread == 1)
            let all = Self.processes * Self.actsOfEach
            #expect(rows.first?["actor_count"]?.integer == Int64(all))
            #expect(rows.first?["seq"]?.integer == Int64(all + 5 * Self.processes), "each event took one seq")
            let actors = try await allActors(of: try #require(rows.first), server, token: token)
            #expect(actors.count == all && Set(actors) == Set((0..<Self.processes).flatMap(Self.actors)))

            // Everybody takes it back but two.
            try await fromAll("/v1/notifications/retract", server, status: "200") { process in
                Self.actors(of: process).dropLast(process < 2 ? 1 : 0).map { like($0, "42") }
            }
            (rows, unread) = try await list(server, token: token)
            #expect(rows.count == 1 && unread == 1 && rows.first?["actor_count"]?.integer == 2)
            try await fromAll("/v1/notifications/retract", server, status: "200") { process in
                process < 2 ? [like("p\(process)-\(Self.actsOfEach - 1)", "42")] : [like("nobody", "42")]
            }
            (rows, unread) = try await list(server, token: token)
            #expect(rows.isEmpty && unread == 0, "the last one out")
        }
    }

    /// A reader reads meanwhile, so that groups close and open between the writers; a client sees all of it.
    @Test func groupsThatAreReadMeanwhile() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            let base = server.base
            let reader = Task {
                while !Task.isCancelled {
                    _ = try await HTTP.post("\(base)/v1/notifications/read-all", headers: .bearer(token))
                    try await Task.sleep(for: .milliseconds(30))
                }
            }
            let client = Task {
                try await WebSocketStream.with(port: server.port, token: token) { stream in
                    var inbox = ClientInbox()
                    inbox.connect()
                    while let message = try await stream.next() {
                        if message == .ping { try await stream.pong() }
                        guard case .text(let text) = message else { continue }
                        let frame = try JSON.parse(text.utf8)
                        inbox.apply(frame)
                        // The event that ends the test.
                        if frame["data"]?["type"]?.string == "done" { break }
                    }
                    return inbox
                }
            }
            try await fromAll("/v1/notifications", server, status: "201") { process in
                Self.actors(of: process).map { like($0, "43") }
            }
            reader.cancel()
            _ = await reader.result
            let key = try await server.apiKey()
            let done = try await HTTP.post(
                "\(base)/v1/notifications", #"{"user_id":"maria","type":"done"}"#, headers: .bearer(key))
            #expect(done.status == 201)
            let (rows, unread) = try await list(server, token: token)
            let likes = rows.filter { $0["type"]?.string == "like" }
            #expect(likes.count > 1, "the reader closed groups")
            #expect(
                likes.compactMap { $0["actor_count"]?.integer }.reduce(0, +) == Int64(Self.processes * Self.actsOfEach))
            #expect(unread == Int64(rows.count { $0["status"]?.string == "UNREAD" }))
            var everyone: [String] = []
            for row in likes { everyone += try await allActors(of: row, server, token: token) }
            #expect(everyone.count == Set(everyone).count && everyone.count == Self.processes * Self.actsOfEach)

            let seen = try await client.value
            #expect(seen.duplicates.isEmpty && seen.gaps.isEmpty, "\(seen.duplicates) \(seen.gaps)")
            #expect(Int64(seen.unreadCount) == unread)
            #expect(seen.rows.count == rows.count)
            for row in rows {
                let id = row["notification_id"]?.string ?? ""
                #expect(seen.rows[id]?.status == row["status"]?.string && seen.rows[id]?.seq == row["seq"]?.integer)
                #expect(seen.rows[id]?.text?.actorCount == row["actor_count"]?.integer)
            }
        }
    }
}
