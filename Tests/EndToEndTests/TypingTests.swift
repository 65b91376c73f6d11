import Foundation
import PealCore
import Testing

/// Members of a topic see who is writing.
@Suite(.timeLimit(.minutes(2))) struct TypingTests {
    private func typing(_ frame: JSON?) -> String? {
        guard let data = frame?["data"], let user = data["user_id"]?.string, let isTyping = data["is_typing"]?.bool
        else {
            return nil
        }
        return "\(user) \(isTyping)"
    }

    private func addMembers(_ users: [String], to topic: String, _ server: ServerProcess) async throws {
        let list = users.map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await HTTP.post(
            "\(server.base)/v1/topics/\(topic)/members", #"{"user_ids":[\#(list)]}"#,
            headers: .bearer(try await server.apiKey()))
        try #require(answer.status == 200, "\(answer.body)")
    }

    @Test func theOtherMembersHearOfItUntilItEnds() async throws {
        try await ServerProcess.with { server in
            try await addMembers(["maria", "joao"], to: "room", server)
            let maria = try await server.token(for: "maria")
            let joao = try await server.token(for: "joao")
            let eve = try await server.token(for: "eve")
            try await WebSocketStream.with(port: server.port, token: maria) { maria in
                _ = try await maria.next(type: "initial_load")
                try await WebSocketStream.with(port: server.port, token: eve) { eve in
                    _ = try await eve.next(type: "initial_load")
                    try await eve.send(#"{"type":"typing","topic":"room","is_typing":true,"id":7}"#)
                    let error = try await eve.next(type: "error")
                    #expect(error?["code"]?.string == "not_a_member" && error?["id"]?.integer == 7)
                    try await WebSocketStream.with(port: server.port, token: joao) { joao in
                        _ = try await joao.next(type: "initial_load")
                        try await joao.send(#"{"type":"typing","topic":"room","is_typing":true}"#)
                        // Said once, however often it is said.
                        try await joao.send(#"{"type":"typing","topic":"room","is_typing":true}"#)
                        try await joao.send(#"{"type":"ping"}"#)
                        _ = try await joao.next(type: "pong")
                    }
                    // Neither to the one who is typing nor to strangers.
                    try await eve.send(#"{"type":"ping"}"#)
                    guard case .text(let text) = try await eve.next() else { return }
                    #expect(text.contains("pong"))
                }
                let began = ContinuousClock.now
                #expect(try await typing(maria.next(type: "typing")) == "joao true")
                // João has gone without a word.
                #expect(try await typing(maria.next(type: "typing")) == "joao false")
                #expect(ContinuousClock.now - began > .seconds(3))
                // It counts for nothing.
                try await maria.send(#"{"type":"get_unread_count"}"#)
                #expect(try await maria.next(type: "unread_count")?["seq"]?.integer == 0)
            }
        }
    }

    @Test func anEndThatIsSaid() async throws {
        try await ServerProcess.with { server in
            try await addMembers(["maria", "joao"], to: "room", server)
            let joao = try await server.token(for: "joao")
            let token = try await server.token(for: "maria")
            try await WebSocketStream.with(port: server.port, token: token) { maria in
                _ = try await maria.next(type: "initial_load")
                // After an end it is news again.
                for isTyping in [true, false, true] {
                    try await WebSocketStream.with(port: server.port, token: joao) { joao in
                        try await joao.send(#"{"type":"typing","topic":"room","is_typing":\#(isTyping)}"#)
                        try await joao.send(#"{"type":"ping"}"#)
                        _ = try await joao.next(type: "pong")
                    }
                    #expect(try await typing(maria.next(type: "typing")) == "joao \(isTyping)")
                }
            }
        }
    }

    @Test func whatIsRefused() async throws {
        try await ServerProcess.with { server in
            try await addMembers((0..<200).map { "u\($0)" } + ["maria"], to: "hall", server)
            let token = try await server.token(for: "maria")
            try await WebSocketStream.with(port: server.port, token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                for (command, code) in [
                    (#"{"type":"typing","topic":"hall","is_typing":true}"#, "topic_too_large"),
                    (#"{"type":"typing","topic":"none","is_typing":true}"#, "not_a_member"),
                    (#"{"type":"typing","topic":"$online","is_typing":true}"#, "invalid_field"),
                    (#"{"type":"typing","is_typing":true}"#, "invalid_field"),
                    (#"{"type":"typing","topic":"hall"}"#, "invalid_field"),
                ] {
                    try await stream.send(command)
                    #expect(try await stream.next(type: "error")?["code"]?.string == code, "\(command)")
                }
            }
        }
    }
}
