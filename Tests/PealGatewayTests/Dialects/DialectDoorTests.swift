import PealCore
import Testing

@testable import PealGateway

/// Who speaks what, over real sockets.
@Suite(.serialized) struct DialectDoorTests {
    private func dialect(_ target: String, _ settings: GatewaySettings, offersPeal: Bool = false) -> Dialect? {
        var fields = [
            (name: "host", value: "localhost"), (name: "upgrade", value: "websocket"),
            (name: "connection", value: "upgrade"),
            (name: "sec-websocket-version", value: "13"),
            (name: "sec-websocket-key", value: "dGhlIHNhbXBsZSBub25jZQ=="),
            (name: "authorization", value: "bearer t"),
        ]
        if offersPeal { fields.append((name: "sec-websocket-protocol", value: "peal.v1")) }
        let head = RequestHead(method: "GET", target: target, isHTTP11: true, fields: fields)
        guard
            case .gateway(let request) = Doorkeeper(settings).admit(head)
        else { return nil }
        return request.dialect
    }

    @Test func theQueryThenTheSubprotocolThenTheSetting() {
        var settings = GatewaySettings()
        #expect(dialect("/ws/notifications", settings) == .peal)
        settings.dialect = .rooms
        #expect(dialect("/ws/notifications", settings) == .rooms)
        #expect(dialect("/notifications", settings) == .rooms)
        #expect(dialect("/notifications?dialect=", settings) == .rooms)
        #expect(dialect("/ws/notifications", settings, offersPeal: true) == .peal)
        #expect(dialect("/ws/notifications?dialect=chat", settings, offersPeal: true) == .chat)
        #expect(dialect("/v1/ws?dialect=peal", settings) == .peal)
        #expect(dialect("/v1/sse", settings) == .peal, "event streams speak a dialect only where they ask for it")
        #expect(dialect("/v1/sse?dialect=inbox", settings) == .inbox)
        #expect(dialect("/v1/sync", settings) == .peal)
        #expect(dialect("/v1/sync?dialect=peal", settings) == .peal)
    }

    @Test(arguments: ["/v1/ws?dialect=klingon", "/v1/sse?dialect=Rooms", "/v1/sync?dialect=rooms"])
    func anUnknownDialectIsRefused(target: String) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.send(RawConnection.upgrade(target))
            let answer = try await connection.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.body.contains(#""code":"invalid_dialect""#))
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func sessionsOfAllDialectsSideBySide(isLater: Bool) async throws {
        try await TestServer.with { server in
            await server.notify("maria")
            var connections: [Dialect: RawConnection] = [:]
            for dialect in Dialect.allCases {
                let connection = try await server.connect()
                if isLater { _ = try await connection.get("/hello") }
                try await connection.send(RawConnection.upgrade("/notifications?dialect=\(dialect)"))
                _ = try await connection.head()
                // The first answer to a command comes when the session has begun.
                try await connection.send(ClientFrame.text(#"{"action":"ping"}"#))
                if dialect == .peal || dialect == .inbox {
                    let load = try await connection.json()
                    #expect(load["type"]?.string == "initial_load")
                    #expect(load["notifications"]?.array?.count == 1)
                }
                #expect(try await connection.json()["type"]?.string == "pong")
                connections[dialect] = connection
            }
            await server.notify("maria", "again")
            let expected: [Dialect: String] = [
                .peal: "notification", .inbox: "new_notification", .rooms: "notification", .chat: "notification",
            ]
            for (dialect, connection) in connections {
                #expect(try await connection.json()["type"]?.string == expected[dialect])
                if dialect == .rooms {
                    let count = try await connection.json()
                    #expect(count["type"]?.string == "unread_count")
                    #expect(count["data"]?["count"]?.integer == 2)
                }
                await connection.close()
            }
        }
    }

    @Test func anEventStreamInADialectComesBackWithItsCursor() async throws {
        try await TestServer.with { server in
            let first = try await server.connect()
            try await first.send(RawConnection.request("/v1/sse?dialect=rooms"))
            #expect(try await first.head().hasPrefix("HTTP/1.1 200"))
            #expect(try await first.event().hasPrefix("retry: "))
            #expect(try await eventually { try await server.phases(of: maria) == [.live] })
            await server.notify("maria")
            #expect(try await first.event(after: "event: ping").hasPrefix("event: notification\ndata: "))
            let count = try await first.event(after: "event: ping")
            #expect(count.contains("event: unread_count\n"))
            let id = count.split(separator: "\n").first.map { $0.dropFirst(4) } ?? ""
            await first.close()
            await server.notify("maria", "missed")

            let second = try await server.connect()
            try await second.send(RawConnection.request("/v1/sse?dialect=rooms", fields: ["Last-Event-ID: \(id)"]))
            _ = try await second.head()
            _ = try await second.event()
            #expect(try await second.event(after: "event: ping").contains(#""message":"missed""#))
            #expect(try await second.event(after: "event: ping").contains(#""data":{"count":2,"unseen":2}"#))
            await second.close()
        }
    }

    @Test(arguments: [false, true], ["bad", "slow-bad", "expired", nil])
    func aBadTokenClosesWith1008WhereThatIsWanted(isLater: Bool, token: String?) async throws {
        try await TestServer.with {
            $0.authRefusal = .close
        } _: { server in
            let connection = try await server.connect()
            if isLater { _ = try await connection.get("/hello") }
            try await connection.send(RawConnection.upgrade(token: token))
            let head = try await connection.head()
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            #expect(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            #expect(!head.lowercased().contains("content-length") && !head.lowercased().contains("transfer-encoding"))
            let close = try await connection.frame()
            #expect(close.opcode == 8 && close.code == 1008)
            #expect(
                close.reason
                    == (token == nil ? "token_missing" : token == "expired" ? "token_expired" : "token_invalid"))
            try await connection.end()
            await connection.close()
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func onlyTokensOfWebSocketsAreRefusedSo() async throws {
        try await TestServer.with {
            $0.authRefusal = .close
            $0.origins = ["https://app.example"]
        } _: { server in
            for (request, status) in [
                (RawConnection.request("/v1/sse", token: "bad"), "401"),
                (RawConnection.upgrade(fields: ["Origin: https://evil.example"]), "403"),
                (RawConnection.request("/ws/notifications", token: "bad"), "426"),
            ] {
                let connection = try await server.connect()
                try await connection.send(request)
                #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 \(status) "))
                await connection.close()
            }
        }
    }
}
