import PealCore
import Testing

@testable import PealGateway

/// permessage-deflate over a real socket (RFC 7692).
@Suite(.serialized) struct CompressionTests {
    private static let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"

    private func connect(
        _ server: TestServer, fields: [String] = [offer], isLater: Bool = false
    ) async throws -> (
        connection: RawConnection, head: String
    ) {
        let connection = try await server.connect(isLater: isLater)
        try await connection.send(RawConnection.upgrade(fields: fields))
        return (connection, try await connection.head())
    }

    @Test(arguments: [false, true])
    func bothWays(isLater: Bool) async throws {
        try await TestServer.with {
            $0.compression = true
        } _: { server in
            let (connection, head) = try await connect(server, isLater: isLater)
            #expect(
                head.contains(
                    "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                        + "client_no_context_takeover\r\n"))
            _ = try await connection.frame()
            let text = String(repeating: "hello again. ", count: 50)
            await server.notify("maria", text)
            let frame = try await connection.frame()
            #expect(frame.isCompressed)
            let json = try JSON.parse(try Inflater.inflate(frame.payload, limit: 8192))
            #expect(json["data"]?["message"]?.string == text)

            // Twice, because the second message must not need the first.
            for id in ["first", "second"] {
                let ping = #"{"type":"ping","id":"\#(id)"}"# + String(repeating: " ", count: 300)
                let payload = DeflateTests.compressed(Array(ping.utf8))
                try await connection.send(ClientFrame(opcode: 1, payload: payload, reserved: 4))
                #expect(try await connection.json()["id"]?.string == id)
            }
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func offIsTheDefault(isLater: Bool) async throws {
        try await TestServer.with { server in
            let (connection, head) = try await connect(server, isLater: isLater)
            #expect(!head.contains("Extensions"))
            _ = try await connection.frame()
            await server.notify("maria", String(repeating: "x", count: 1000))
            #expect(try await connection.json()["type"]?.string == "notification")
            try await connection.send(ClientFrame(opcode: 1, payload: [0xf2, 0x48, 0xcd], reserved: 4))
            #expect(try await connection.frame().code == 1002)
            await connection.close()
        }
    }

    @Test(arguments: [false, true])
    func whoDoesNotOfferItGetsPlainFrames(isLater: Bool) async throws {
        try await TestServer.with {
            $0.compression = true
        } _: { server in
            for fields in [[], ["Sec-WebSocket-Extensions: permessage-deflate; x=1"]] {
                let (connection, head) = try await connect(server, fields: fields, isLater: isLater)
                #expect(head.hasPrefix("HTTP/1.1 101") && !head.contains("Extensions"))
                #expect(try await connection.json()["type"]?.string == "initial_load")
                await connection.close()
            }
            let (small, head) = try await connect(
                server, fields: ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"],
                isLater: isLater)
            #expect(head.contains("server_max_window_bits=9"))
            _ = try await small.frame()
            await server.notify("maria", String(repeating: "x", count: 1000))
            #expect(try await small.json()["type"]?.string == "notification")
            await small.close()
        }
    }

    @Test(arguments: [false, true])
    func aMalformedOfferIsRefused(isLater: Bool) async throws {
        try await TestServer.with {
            $0.compression = true
        } _: { server in
            let (connection, head) = try await connect(
                server, fields: ["Sec-WebSocket-Extensions: permessage-deflate; ="], isLater: isLater)
            #expect(head.hasPrefix("HTTP/1.1 400"))
            await connection.close()
        }
    }

    private static let violations: [(payload: [UInt8], code: UInt16)] = [
        // A mebibyte of one letter in about a kibibyte.
        (DeflateTests.compressed(.init(repeating: 0x61, count: 1 << 20)), 1009),
        // A distance that reaches back into an earlier message.
        ([0xf2, 0x00, 0x11, 0x00, 0x00], 1007), ([0xFF, 0xFF], 1007),
    ]

    @Test(arguments: violations, [false, true])
    func bombsAndRubbishAreClosed(violation: (payload: [UInt8], code: UInt16), isLater: Bool) async throws {
        try await TestServer.with {
            $0.compression = true
        } _: { server in
            let (connection, _) = try await connect(server, isLater: isLater)
            _ = try await connection.frame()
            try await connection.send(ClientFrame(opcode: 1, payload: violation.payload, reserved: 4))
            #expect(try await connection.frame().code == violation.code)
            try await connection.end()
            await connection.close()
        }
    }
}
