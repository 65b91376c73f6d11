import PealCore
import Testing

@testable import PealGateway

/// What clients see of an inbox that is erased under them, on every transport.
@Suite(.serialized) struct ErasedInboxTests {
    private func erase(_ server: TestServer) async throws {
        let result = await server.store.write([.erase(.begin(maria, alias: "erased"))]).first
        _ = try result?.get()
    }

    @Test func whatIsOpenIsLoadedAnewAndGoesOn() async throws {
        try await TestServer.with { server in
            await server.notify("maria", "secret")
            let socket = try await server.connect()
            try await socket.send(RawConnection.upgrade())
            _ = try await socket.head()
            #expect(try await socket.json()["notifications"]?.array?.count == 1)
            let stream = try await server.connect()
            try await stream.send(RawConnection.request("/sse/notifications"))
            _ = try await stream.head()
            #expect(try await stream.event(after: "retry: 3000").contains("secret"))

            try await erase(server)
            let load = try await socket.json()
            #expect(load["type"]?.string == "initial_load" && load["reset"]?.bool == true)
            #expect(load["notifications"]?.array == [] && load["unread_count"]?.integer == 0)
            #expect(load["seq"]?.integer == 2)
            let event = try await stream.event()
            #expect(event.contains("event: initial_load") && event.contains(#""reset":true"#))
            #expect(!event.contains("secret"))

            await server.notify("maria", "new")
            let next = try await socket.json()
            #expect(next["type"]?.string == "notification" && next["seq"]?.integer == 3)
            #expect(try await stream.event().contains(#""message":"new""#))
            await socket.close()
            await stream.close()
        }
    }

    @Test(arguments: [false, true])
    func aCursorFromBeforeIsReset(isAlone: Bool) async throws {
        try await TestServer.with(isAlone: isAlone) { server in
            await server.notify("maria", "secret")
            let connection = try await server.connect()
            let first = try JSON.parse(try await connection.get("/v1/sync").body.utf8)
            let cursor = first["cursor"]?.string ?? ""
            try await connection.send(RawConnection.request("/v1/sync?since=\(cursor)&wait=20"))
            #expect(try await eventually { server.hub.sessionCount == 1 })
            try await erase(server)
            let reset = try JSON.parse(try await connection.answer().body.utf8)
            #expect(reset["type"]?.string == "initial_load" && reset["reset"]?.bool == true)
            #expect(reset["notifications"]?.array == [])
            // And so it is for one that comes back later, and for one that has the new cursor already.
            let late = try JSON.parse(try await connection.get("/v1/sync?since=\(cursor)&wait=0").body.utf8)
            #expect(late["reset"]?.bool == true && late["cursor"] == reset["cursor"])
            let current = reset["cursor"]?.string ?? ""
            #expect(try await connection.get("/v1/sync?since=\(current)&wait=0").head.hasPrefix("HTTP/1.1 204"))
            await connection.close()
        }
    }
}
