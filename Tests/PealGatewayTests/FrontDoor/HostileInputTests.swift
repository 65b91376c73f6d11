import Testing

@testable import PealGateway

/// Nonsense on real sockets: the server answers or closes, keeps nothing, and goes on serving.
@Suite(.serialized) struct HostileInputTests {
    @Test func nonsenseLeavesNothingBehind() async throws {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        try await TestServer.with {
            $0.longPollWait = .milliseconds(100)
            $0.longPollWaitLimit = .milliseconds(100)
        } _: { server in
            for round in 0..<150 {
                let connection = try await server.connect()
                var bytes = Self.opening(&random)
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    guard !bytes.isEmpty else { break }
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[index] = .random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: index)
                    default: bytes.insert(.random(in: 0...255, using: &random), at: index)
                    }
                }
                let cut = Int.random(in: 0...bytes.count, using: &random)
                try? await connection.send(Array(bytes[..<cut]))
                try? await connection.send(Array(bytes[cut...]))
                if Bool.random(using: &random) { try? await connection.finishSending() }
                if round % 3 == 0 { try await Task.sleep(for: .milliseconds(2)) }
                await connection.close()
            }
            #expect(try await eventually { await server.memberCount == 0 }, "seed \(seed)")
            #expect(server.hub.sessionCount == 0, "seed \(seed)")
            let connection = try await server.connect()
            #expect(try await connection.get("/still/there").body == "ok /still/there")
            await connection.close()
        }
    }

    private static func opening(_ random: inout SeededGenerator) -> [UInt8] {
        let frames: [ClientFrame] = [
            .text("ping"), .text(#"{"type":"list"}"#), .text("nonsense"), .pong, .close(1000), .close(nil),
            ClientFrame(opcode: 2, payload: [1, 2, 3]), ClientFrame(opcode: 9, payload: [1]),
            ClientFrame(opcode: 1, payload: [0x7B], isFinal: false), ClientFrame(opcode: 0, payload: [0x7D]),
        ]
        let requests = [
            RawConnection.upgrade(), RawConnection.upgrade(token: "slow:maria"), RawConnection.upgrade(token: "bad"),
            RawConnection.request("/sse/notifications"), RawConnection.request("/v1/sync"),
            RawConnection.request("/v1/sync?since=x&wait=1"), RawConnection.request("/hello"),
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        ]
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            bytes += Array((requests.randomElement(using: &random) ?? "").utf8)
        }
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            bytes += frames.randomElement(using: &random)?.bytes ?? []
        }
        return bytes
    }
}
