import PealCore
import Testing

@testable import PealGateway

/// How a connection ends whose client does not close its side (RULES 32): the server reads on for a second or 64 KiB, no
/// longer. The ticks of its clock are as coarse as that, so the waits are made shorter here and must stay shorter.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ClosingTests {
    private static let violation = ClientFrame(opcode: 2, payload: [1])

    @Test func theWaitIsASecond() {
        #expect(GatewaySettings().closePatience == .seconds(1))
    }

    /// The shortest of a few waits, because the machine may be busy.
    private func shortestWait(
        atLeast: Bool = false, _ change: @escaping (inout GatewaySettings) -> Void,
        _ end: (TestServer) async throws -> RawConnection
    ) async throws -> Duration {
        var shortest = Duration.seconds(3600)
        try await TestServer.with {
            $0.tick = .seconds(1)
            change(&$0)
        } _: { server in
            var waits: [Duration] = []
            for _ in 0..<3 {
                let asked = ContinuousClock.now
                let connection = try await end(server)
                let told = ContinuousClock.now
                #expect(try await eventually { await server.memberCount == 0 })
                // The server's wait lies between the two.
                waits.append(ContinuousClock.now - (atLeast ? asked : told))
                await connection.close()
            }
            shortest = min(shortest, waits.min() ?? shortest)
        }
        return shortest
    }

    private func closedSession(_ server: TestServer, isLater: Bool) async throws -> RawConnection {
        let connection = try await server.openWebSocket(isLater: isLater)
        try await connection.send(Self.violation)
        #expect(try await connection.frame().code == 4501)
        return connection
    }

    private func refusedRequest(_ server: TestServer, isLater: Bool) async throws -> RawConnection {
        let connection = try await server.connect(isLater: isLater)
        try await connection.send(RawConnection.request("/v1/sse", token: "bad", fields: ["Connection: close"]))
        #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 401"))
        return connection
    }

    @Test(arguments: [false, true])
    func aSessionIsWaitedForNoLongerWhereverTheTicksFall(isLater: Bool) async throws {
        let wait = try await shortestWait {
            $0.closePatience = .milliseconds(50)
        } _: {
            try await closedSession($0, isLater: isLater)
        }
        #expect(wait < .milliseconds(900))
    }

    @Test(arguments: [false, true])
    func norIsARefusedRequest(isLater: Bool) async throws {
        let wait = try await shortestWait {
            $0.closePatience = .milliseconds(50)
        } _: {
            try await refusedRequest($0, isLater: isLater)
        }
        #expect(wait < .milliseconds(900))
    }

    @Test(arguments: [false, true])
    func bothAreGivenTheirTime(isLater: Bool) async throws {
        for end in [closedSession, refusedRequest] {
            let wait = try await shortestWait(atLeast: true, { _ in }) { try await end($0, isLater) }
            #expect(wait >= .milliseconds(900))
        }
    }

    /// A TLS record of 16 KiB is one read. Over TLS the connection may end sooner, with the handler's own goodbye.
    @Test func bytesAreCountedHoweverManyComeAtOnce() async throws {
        for certificate in [nil, try TestCertificate()] {
            try await TestServer.with(certificate: certificate) {
                $0.closePatience = .seconds(600)
            } _: { server in
                for (count, isEnough) in [(40_000, false), (200_000, true)] {
                    let connection = try await server.openWebSocket()
                    // Or it would close its side.
                    try await connection.setReading(false)
                    try? await connection.send(Self.violation.bytes + [UInt8](repeating: 0, count: count))
                    #expect(try await eventually { server.hub.sessionCount == 0 })
                    if isEnough {
                        #expect(try await eventually { await server.memberCount == 0 })
                    } else if certificate == nil {
                        try await Task.sleep(for: .milliseconds(100))
                        #expect(await server.memberCount == 1, "it may go on for a while")
                    }
                    await connection.close()
                    #expect(try await eventually { await server.memberCount == 0 })
                }
            }
        }
    }
}
