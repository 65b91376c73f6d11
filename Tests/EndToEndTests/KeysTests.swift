import Foundation
import NIOHTTP1
import PealCore
import Testing

/// `peal keys` against a running server.
@Suite(.timeLimit(.minutes(2))) struct KeysTests {
    private func keys(
        _ server: ServerProcess, _ arguments: String..., status: Int32 = 0,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> PealBinary.Output {
        let output = try await PealBinary.run(
            ["keys"] + arguments + ["--url", server.base, "--data-directory", server.data.path])
        #expect(output.status == status, "\(output.standardError)", sourceLocation: location)
        return output
    }

    private func notify(_ server: ServerProcess, _ key: String, users: Int = 1) async throws -> HTTP.Response {
        let names = (0..<users).map { "\"u\($0)\"" }.joined(separator: ",")
        return try await HTTP.post(
            "\(server.base)/v1/notifications", #"{"user_ids":[\#(names)],"type":"news"}"#, headers: .bearer(key))
    }

    @Test func aKeyIsMadeLimitedShownAndRevoked() async throws {
        try await ServerProcess.with { server in
            let made = try await keys(server, "create", "--label", "billing", "--scope", "notify", "--per-day", "3")
            let key = made.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(key.hasPrefix("pk_") && !key.contains("\n"), "a script gets the key alone")
            #expect(made.standardError.contains("the only time"))
            #expect(try await notify(server, key, users: 2).status == 201)
            let refused = try await notify(server, key, users: 2)
            #expect(refused.status == 429)
            #expect(refused.headers.first(name: "RateLimit")?.hasPrefix("\"day\";r=1;t=") == true)
            let metrics = try await HTTP.get("http://127.0.0.1:\(server.metricsPort)/metrics").body
            #expect(metrics.contains("api_quota_rejections_total{key=\"key_"))
            #expect(!metrics.contains(key))

            let table = try await keys(server).standardOutput.split(separator: "\n").map(String.init)
            #expect(table.count == 3 && !table.joined().contains(key))
            let line = try #require(table.first { $0.contains("billing") })
            #expect(line.contains("3/day") && line.hasSuffix("active") && !line.contains("never"))
            let column = table[0].range(of: "LABEL")?.lowerBound.utf16Offset(in: table[0])
            #expect(line.range(of: "billing")?.lowerBound.utf16Offset(in: line) == column, "columns are aligned")
            let id = String(line.prefix { $0 != " " })

            _ = try await keys(server, "quota", id, "--per-second", "100", "--burst", "200")
            #expect(try await notify(server, key, users: 20).status == 201)
            _ = try await keys(server, "quota", id, status: 2)
            let json = try JSON.parse(try await keys(server, "list", "--json").standardOutput.utf8)
            let shown = (json["keys"]?.array ?? []).first { $0["id"]?.string == id }
            #expect(shown?["quota"]?["burst"]?.integer == 200)

            let revoked = try await keys(server, "revoke", id)
            #expect(revoked.standardOutput.hasPrefix("revoked  \(id)  billing"))
            #expect(try await notify(server, key).status == 401)
            _ = try await keys(server, "revoke", id)
            #expect(try await !keys(server).standardOutput.contains("billing"))
            #expect(try await keys(server, "list", "--all").standardOutput.contains("revoked"))
        }
    }

    @Test func theLastAdminKeyStaysAndOthersMayNothing() async throws {
        try await ServerProcess.with { server in
            let json = try JSON.parse(try await keys(server, "--json").standardOutput.utf8)
            let id = json["keys"]?.array?.first?["id"]?.string ?? ""
            #expect(try await keys(server, "revoke", id, status: 1).standardError.contains("last key"))
            let weak = try await keys(server, "create", "--label", "weak").standardOutput
                .trimmingCharacters(in: .whitespacesAndNewlines)
            _ = try await keys(server, "list", "--key", weak, status: 77)
            _ = try await keys(server, "create", "--label", "x", "--scope", "fly", status: 1)
            _ = try await keys(server, "revoke", id, "--force")
            _ = try await keys(server, "list", status: 77)
        }
    }

    /// A client that is online sees its list become empty, and a restart knows nothing of the user.
    @Test func anErasedUserIsGoneForClientsAndAfterARestart() async throws {
        let server = try ServerProcess()
        try await server.start()
        let token = try await server.token(for: "maria")
        try await server.notify(#"{"user_id":"maria","type":"news","message":"secret"}"#)
        try await WebSocketStream.with(port: server.port, token: token) { stream in
            #expect(try await stream.next(type: "initial_load")?["notifications"]?.array?.count == 1)
            let answer = try await HTTP.send(
                .DELETE, "\(server.base)/v1/users/maria", headers: .bearer(try await server.apiKey()))
            #expect(answer.status == 200, "\(answer.body)")
            let reset = try await stream.next(type: "initial_load")
            #expect(reset?["reset"]?.bool == true && reset?["notifications"]?.array == [])
            #expect(reset?["seq"]?.integer == 2 && reset?["unread_count"]?.integer == 0)
            try await server.notify(#"{"user_id":"maria","type":"news","message":"new"}"#)
            #expect(try await stream.next(type: "notification")?["seq"]?.integer == 3)
        }
        await server.terminate()
        try await server.start()
        let export = try await HTTP.get("\(server.base)/v1/export", headers: .bearer(token))
        #expect(!export.body.contains("secret") && export.body.contains("new"))
        #expect(export.body.split(separator: "\n").last?.contains("\"section\":\"end\"") == true)
        await server.kill()
        try? FileManager.default.removeItem(at: server.folder)
    }
}
