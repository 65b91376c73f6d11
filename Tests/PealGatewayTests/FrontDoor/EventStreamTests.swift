import PealCore
import Testing

@testable import PealGateway

@Suite(.serialized) struct EventStreamTests {
    @Test(arguments: [false, true])
    func theWholeLifeOfAStream(isLater: Bool) async throws {
        try await TestServer.with {
            $0.sseHeartbeat = .milliseconds(200)
        } _: { server in
            let connection = try await server.connect()
            if isLater { _ = try await connection.get("/first") }
            try await connection.send(RawConnection.request("/sse/notifications", fields: ["Origin: https://a.b"]))
            let head = try await connection.head()
            #expect(head.hasPrefix("HTTP/1.1 200 OK"))
            #expect(head.contains("Content-Type: text/event-stream"))
            #expect(head.contains("X-Accel-Buffering: no"))
            #expect(head.contains("Cache-Control: no-store, no-transform"))
            #expect(head.contains("Access-Control-Allow-Origin: https://a.b"))
            #expect(try await connection.event() == "retry: 3000")
            let load = try await connection.event(after: "event: ping").split(separator: "\n")
            #expect(load.count == 3)
            #expect(load.first?.hasPrefix("id: ") == true)
            #expect(load.dropFirst().first == "event: initial_load")
            await server.notify("maria")
            let notification = try await connection.event(after: "event: ping")
            #expect(notification.contains("event: notification\ndata: {") && notification.hasPrefix("id: "))
            #expect(try await connection.event() == "event: ping\ndata: {}")
            await server.hub.drain()
            let last = try await connection.event(after: "event: ping")
            #expect(last.hasPrefix("event: close\ndata: {\"code\":1001,\"reconnect_after_ms\":"))
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test(arguments: [false, true])
    func lastEventIDBeatsSince(isLater: Bool) async throws {
        try await TestServer.with { server in
            let tag = server.store.epoch.tag(for: maria)
            await server.notify("maria")
            await server.notify("maria")
            let connection = try await server.connect(isLater: isLater)
            try await connection.send(
                RawConnection.request(
                    "/v1/sse?since=\(Cursor(epoch: tag, seq: 0))",
                    fields: ["Last-Event-ID: \(Cursor(epoch: tag, seq: 1))"]))
            _ = try await connection.head()
            _ = try await connection.event()
            let sync = try await connection.event()
            #expect(sync.contains("event: sync"))
            #expect(sync.contains(#""from":1,"#))
            await connection.close()
        }
    }
}
