import Foundation
import PealCore
import Testing

/// From a token to a live stream by a plain GET, as a browser's `EventSource` does it.
@Suite struct TicketTests {
    @Test func aTokenBecomesATicketAndTheTicketAStream() async throws {
        try await ServerProcess.with(["--log-level", "trace"]) { server in
            let token = try await server.token(for: "maria")
            let ticket = try await ticket(server, token: token)
            try await server.notify(#"{"user_id":"maria","type":"news","message":"x"}"#)
            let path = "/sse/notifications?ticket=\(ticket)"
            let events = try await ServerSentEvents.first(1, port: server.port, path: path, token: nil)
            #expect(events.first?.event == "initial_load")
            #expect(events.first?.data.contains(#""unread_count":1"#) == true)

            let second = try await HTTP.get(server.base + path)
            #expect(second.status == 401)
            #expect(try second.json()["code"]?.string == "ticket_invalid")
            let log = try String(contentsOf: server.log, encoding: .utf8)
            #expect(log.contains("Authentication failed"), "the refusal is in the log")
            #expect(!log.contains(ticket) && !log.contains(token))
        }
    }

    private func ticket(_ server: ServerProcess, token: String) async throws -> String {
        let answer = try await HTTP.post("\(server.base)/v1/tickets", headers: .bearer(token))
        #expect(answer.status == 201)
        return try #require(try answer.json()["ticket"]?.string)
    }
}
