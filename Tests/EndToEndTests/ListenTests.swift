import Foundation
import PealCore
import Testing

/// `peal listen` beside what happens to its server.
@Suite(.timeLimit(.minutes(2))) struct ListenTests {
    private static func listen(_ server: ServerProcess, _ arguments: String...) async throws -> PealBinary.Output {
        try await PealBinary.run(
            [
                "listen", "--user", "maria", "--url", server.base, "--data-directory", server.data.path, "--no-color",
            ] + arguments)
    }

    private static func isHeard(_ metrics: [String: Double]) -> Bool { metrics["websocket_connections_active"] == 1 }

    @Test func whatHasBeenShownIsMarkedAsRead() async throws {
        try await ServerProcess.with { server in
            try await server.notify(#"{"user_id":"maria","type":"news","message":"before"}"#)
            async let heard = Self.listen(server, "--mark-read", "--count", "2")
            try await server.metrics(until: Self.isHeard)
            try await server.notify(#"{"user_id":"maria","type":"news","message":"after"}"#)
            let output = try await heard
            #expect(output.status == 0, "\(output.standardError)")
            let counts = try await HTTP.get(
                "\(server.base)/v1/notifications/unread-count", headers: .bearer(try await server.token(for: "maria")))
            #expect(try counts.json()["unread_count"]?.integer == 0, "also the last one, before it ends")
        }
    }

    @Test func aRestartIsSurvivedWithoutALossOrARepetition() async throws {
        try await ServerProcess.with { server in
            async let heard = Self.listen(server, "--count", "3")
            try await server.metrics(until: Self.isHeard)
            try await server.notify(#"{"user_id":"maria","type":"news","message":"first"}"#)
            await server.kill()
            try await server.start()
            try await server.notify(#"{"user_id":"maria","type":"news","message":"second"}"#)
            try await server.metrics(until: Self.isHeard)
            try await server.notify(#"{"user_id":"maria","type":"news","message":"third"}"#)
            let output = try await heard
            #expect(output.status == 0, "\(output.standardError)")
            for text in ["first", "second", "third"] {
                #expect(
                    output.standardOutput.split(separator: text, omittingEmptySubsequences: false).count == 2, "\(text)"
                )
            }
            #expect(output.standardError.contains("again in"), "it says that the connection broke")
        }
    }
}
