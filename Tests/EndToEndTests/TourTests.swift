import Foundation
import NIOHTTP1
import PealCore
import Testing

/// The five-minute tour, as a program would take it.
@Suite struct TourTests {
    private static func like(_ actor: String, _ name: String) -> String {
        """
        {"user_id":"maria","type":"like","actor_id":"\(actor)","actor_name":"\(name)",\
        "target_type":"post","target_id":"42"}
        """
    }

    @Test func likesArriveLiveGroupedAndCounted() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            try await WebSocketStream.with(port: server.port, token: token) { stream in
                let first = try #require(try await stream.next(type: "initial_load"))
                #expect(first["unread_count"]?.integer == 0)
                #expect(first["notifications"]?.array?.isEmpty == true)

                try await server.notify(Self.like("joao", "João"))
                let one = try #require(try await stream.next(type: "notification"))
                #expect(one["data"]?["message"]?.string == "João curtiu seu post")
                #expect(one["unread_count"]?.integer == 1)
                #expect(one["seq"]?.integer == 1)

                try await server.notify(Self.like("ana", "Ana"))
                let two = try #require(try await stream.next(type: "notification"))
                #expect(two["data"]?["message"]?.string == "Ana e João curtiram seu post")
                #expect(two["unread_count"]?.integer == 1)

                for number in 3...11 { try await server.notify(Self.like("p\(number)", "Pessoa \(number)")) }
                var last = two
                while last["seq"]?.integer != 11 { last = try #require(try await stream.next(type: "notification")) }
                #expect(last["data"]?["message"]?.string == "Pessoa 11 e mais 10 pessoas curtiram seu post")
                #expect(last["data"]?["actor_count"]?.integer == 11)
                #expect(last["unread_count"]?.integer == 1)

                let own = try await server.notify(
                    #"{"user_id":"maria","type":"like","actor_id":"maria","target_type":"post","target_id":"42"}"#)
                #expect(own["notifications"]?.array?.first?["outcome"]?.string == "suppressed")
                #expect(own["notifications"]?.array?.first?["reason"]?.string == "self")
            }
        }
    }

    @Test func twoTabsStayInStep() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            let id = try #require(
                try await server.notify(Self.like("joao", "João"))["notifications"]?.array?.first?["notification_id"]?
                    .string)
            try await WebSocketStream.with(port: server.port, token: token) { left in
                _ = try await left.next(type: "initial_load")
                let update = try await WebSocketStream.with(port: server.port, token: token) { right in
                    _ = try await right.next(type: "initial_load")
                    try await right.send(#"{"action":"mark_read","id":"a","notification_id":"\#(id)"}"#)
                    let reply = try #require(try await right.next(type: "marked_read"))
                    #expect(reply["id"]?.string == "a")
                    #expect(reply["notification_id"]?.string == id)
                    #expect(reply["unread_count"]?.integer == 0)
                    return reply
                }
                let seen = try #require(try await left.next(type: "notification_update"))
                #expect(seen["update_type"]?.string == "read")
                #expect(seen["data"]?["status"]?.string == "READ")
                #expect(seen["seq"] == update["seq"])
                #expect(seen["unread_count"]?.integer == 0)
            }
        }
    }

    @Test func everyTransportResumesFromTheSameCursor() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            try await server.notify(#"{"user_id":"maria","type":"news","message":"one"}"#)
            let cursor = try await WebSocketStream.with(port: server.port, token: token) { stream in
                try #require(try await stream.next(type: "initial_load")?["cursor"]?.string)
            }
            try await server.notify(#"{"user_id":"maria","type":"news","message":"two"}"#)

            let socket = try await WebSocketStream.with(port: server.port, token: token, since: cursor) { stream in
                try #require(try await stream.next(type: "sync"))
            }
            let poll = try await HTTP.get(
                "\(server.base)/v1/sync?since=\(cursor)&wait=5", headers: .bearer(token)
            ).json()
            for frame in [socket, poll] {
                #expect(frame["changes"]?.array?.count == 1)
                #expect(frame["changes"]?.array?.first?["message"]?.string == "two")
                #expect(frame["unread_count"]?.integer == 2)
            }
            let events = try await ServerSentEvents.first(
                1, port: server.port, path: "/sse/notifications?since=\(cursor)", token: token)
            #expect(events.contains { $0.event == "sync" && $0.data.contains("two") && !$0.id.isEmpty })

            let list = try await HTTP.get("\(server.base)/notifications", headers: .bearer(token))
            let tag = try #require(list.headers.first(name: "ETag"))
            #expect(try list.json()["unread_count"]?.integer == 2)
            var headers = HTTPHeaders.bearer(token)
            headers.add(name: "If-None-Match", value: tag)
            #expect(try await HTTP.get("\(server.base)/notifications", headers: headers).status == 304)
        }
    }

    @Test func aLongPollWaitsForTheNextChange() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            let start = try await HTTP.get("\(server.base)/v1/sync", headers: .bearer(token)).json()
            let cursor = try #require(start["cursor"]?.string)
            let quiet = try await HTTP.get("\(server.base)/v1/sync?since=\(cursor)&wait=1", headers: .bearer(token))
            #expect(quiet.status == 204)
            async let waiting = HTTP.get("\(server.base)/v1/sync?since=\(cursor)&wait=20", headers: .bearer(token))
            try await Task.sleep(for: .milliseconds(200))
            try await server.notify(#"{"user_id":"maria","type":"news","message":"now"}"#)
            #expect(try await waiting.json()["changes"]?.array?.first?["message"]?.string == "now")
        }
    }

    @Test func aRestartKeepsCursorsAndIdempotencyKeys() async throws {
        let server = try ServerProcess()
        try await server.start()
        let token = try await server.token(for: "maria")
        let event = #"{"user_id":"maria","type":"news","message":"once"}"#
        let first = try await server.notify(event, idempotencyKey: "k1")
        let cursor = try await WebSocketStream.with(port: server.port, token: token) { stream in
            try #require(try await stream.next(type: "initial_load")?["cursor"]?.string)
        }
        await server.kill()
        try await server.start()
        #expect(try await server.notify(event, idempotencyKey: "k1") == first)
        let sync = try await WebSocketStream.with(port: server.port, token: token, since: cursor) { stream in
            try #require(try await stream.next(type: "sync"))
        }
        #expect(sync["changes"]?.array?.isEmpty == true)
        #expect(sync["cursor"]?.string == cursor)
        #expect(await server.terminate() == 0)
        try FileManager.default.removeItem(at: server.folder)
    }
}
