import PealCore
import Testing

@testable import PealGateway

/// Floods over a real socket.
@Suite(.serialized, .timeLimit(.minutes(2))) struct FloodTests {
    private func open(_ server: TestServer, isLater: Bool = false) async throws -> RawConnection {
        let connection = try await server.connect()
        if isLater { _ = try await connection.get("/first") }
        try await connection.send(RawConnection.upgrade())
        _ = try await connection.head()
        _ = try await connection.json()
        return connection
    }

    @Test(arguments: [false, true])
    func aBurstIsAnsweredInFullOnlyLater(isLater: Bool) async throws {
        try await TestServer.with {
            $0.messageRate = 500
            $0.messageBurst = 10
        } _: { server in
            let connection = try await open(server, isLater: isLater)
            let pings = (0..<200).map { ClientFrame.text(#"{"type":"ping","id":\#($0)}"#).bytes }
            try await connection.send(Array(pings.joined()))
            for number in 0..<200 { #expect(try await connection.json()["id"]?.integer == Int64(number)) }
            await connection.close()
        }
    }

    @Test(arguments: [
        ClientFrame.text("ping"), ClientFrame(opcode: 9, payload: []), ClientFrame.pong, ClientFrame.text("{"),
        ClientFrame(opcode: 9, payload: Array(repeating: 65, count: 125)),
    ])
    func aFloodEndsWith4003(frame: ClientFrame) async throws {
        try await TestServer.with {
            $0.messageRate = 20
            $0.messageBurst = 20
            $0.floodPatience = .milliseconds(400)
            $0.badCommandLimit = 255
        } _: { server in
            let connection = try await open(server)
            let flood = Task {
                let frames = Array((0..<2000).map { _ in frame.bytes }.joined())
                for _ in 0..<500 { try? await connection.send(frames) }
            }
            var answers = 0
            var last = try await connection.frame()
            while last.opcode != 8 {
                answers += 1
                last = try await connection.frame()
            }
            #expect(last.code == 4003, "\(last.text)")
            #expect(answers < 200, "it was read no faster than it may speak")
            await connection.close()
            await flood.value
            #expect(try await eventually { await server.memberCount == 0 })
        }
    }

    @Test func fragmentsAreBoundedByTheirBytes() async throws {
        try await TestServer.with {
            $0.byteRate = 4096
            $0.maxMessageBytes = 4096
            $0.floodPatience = .milliseconds(400)
        } _: { server in
            let connection = try await open(server)
            let flood = Task {
                // A message that never ends, a byte at a time and at last nothing at a time.
                try? await connection.send(ClientFrame(opcode: 1, payload: [65], isFinal: false).bytes)
                let fragments = Array(
                    (0..<2000).map { _ in ClientFrame(opcode: 0, payload: [], isFinal: false).bytes }.joined())
                for _ in 0..<200 { try? await connection.send(fragments) }
            }
            var last = try await connection.frame()
            while last.opcode != 8 { last = try await connection.frame() }
            #expect(last.code == 4003)
            await connection.close()
            await flood.value
        }
    }
}
