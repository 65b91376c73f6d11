#if os(Linux)
    import Glibc
    import PealCore
    import Testing

    @testable import PealGateway

    /// Sockets on their way from SwiftNIO to the reactor, and their end there. `isLater`: behind another request.
    @Suite(.serialized, .timeLimit(.minutes(2))) struct HandoverTests {
        private func open(_ server: TestServer, isLater: Bool) async throws -> RawConnection {
            let connection = try await server.connect()
            if isLater { _ = try await connection.get("/first") }
            try await connection.send(RawConnection.upgrade())
            _ = try await connection.head()
            _ = try await connection.json()
            return connection
        }

        private func members(_ shards: [LoopShard]) async -> Int {
            var count = 0
            for shard in shards { count += await shard.loop.submit { shard.memberCount } }
            return count
        }

        @Test(arguments: [false, true])
        func theConnectionLeavesSwiftNIO(isLater: Bool) async throws {
            try await TestServer.with(on: [.reactor]) { server in
                let reactor = server.hub.reactor?.shards ?? []
                let connections = [
                    try await open(server, isLater: isLater), try await open(server, isLater: isLater),
                ]
                #expect(await members(reactor) == 2)
                #expect(await server.memberCount == 2)
                // One descriptor for each: the channel's own is closed.
                #expect(ServerDescriptors.of(port: server.port).count == 2)
                #expect(server.hub.admissions.connectionCount == 2)
                for connection in connections { await connection.close() }
                #expect(try await eventually { await server.memberCount == 0 })
                #expect(ServerDescriptors.of(port: server.port).isEmpty)
                #expect(server.hub.admissions.connectionCount == 0)
            }
        }

        @Test(arguments: [false, true])
        func theKernelKeepsLittleForASession(isLater: Bool) async throws {
            try await TestServer.with(on: [.reactor, .nio]) { server in
                let connection = try await open(server, isLater: isLater)
                let descriptor = try #require(ServerDescriptors.of(port: server.port).first)
                // The kernel doubles what it is told.
                #expect(ServerDescriptors.option(descriptor, SOL_SOCKET, SO_SNDBUF) == 131_072)
                #expect(ServerDescriptors.option(descriptor, CInt(IPPROTO_TCP), 25) == 16_384)
                #expect(ServerDescriptors.option(descriptor, CInt(IPPROTO_TCP), 18) == 30_000)
                await connection.close()
            }
        }

        @Test(arguments: [false, true])
        func withoutADescriptorItIsRefused(isLater: Bool) async throws {
            try await TestServer.with(on: [.reactor]) {
                $0.duplicate = { _ in -1 }
            } _: { server in
                for request in [RawConnection.upgrade(), RawConnection.request("/v1/sse")] {
                    let connection = try await server.connect()
                    if isLater { _ = try await connection.get("/first") }
                    try await connection.send(request)
                    let (head, body) = try await connection.answer()
                    #expect(head.hasPrefix("HTTP/1.1 503 ") && head.lowercased().contains("retry-after: "))
                    #expect(try JSON.parse(body.utf8)["code"]?.string == "server_full")
                    try await connection.end()
                    await connection.close()
                }
                #expect(server.metric(#"gateway_refusals_total{reason="connections"}"#) == 2)
                #expect(try await eventually { await server.memberCount == 0 })
                #expect(ServerDescriptors.of(port: server.port).isEmpty)
                #expect(server.hub.sessionCount == 0)
            }
        }

        @Test(arguments: [false, true])
        func descriptorsDoNotLeak(isLater: Bool) async throws {
            try await TestServer.with(on: [.reactor]) { server in
                await withTaskGroup(of: Void.self) { group in
                    for worker in 0..<8 {
                        group.addTask {
                            for number in 0..<150 {
                                guard let connection = try? await server.connect() else { continue }
                                if isLater { _ = try? await connection.get("/first") }
                                let isStream = number % 3 == 0
                                try? await connection.send(
                                    isStream ? RawConnection.request("/v1/sse") : RawConnection.upgrade())
                                // Some go before the hand-over, some in it, some after it; some by a reset.
                                if number % 2 == 0 { _ = try? await connection.head() }
                                if number % 5 == 0 { try? await connection.resetWhenClosed() }
                                if number % 7 == worker % 7 { try? await connection.finishSending() }
                                await connection.close()
                            }
                        }
                    }
                }
                // The last ones may still be waiting to be accepted.
                let isEmpty = try await eventually { ServerDescriptors.of(port: server.port).isEmpty }
                #expect(isEmpty)
                #expect(try await eventually { await server.memberCount == 0 })
                #expect(try await eventually { server.hub.admissions.connectionCount == 0 })
                #expect(server.hub.sessionCount == 0)
            }
        }

        @Test(arguments: [false, true])
        func aResetEndsTheSession(isLater: Bool) async throws {
            try await TestServer.with { server in
                let connection = try await open(server, isLater: isLater)
                try await connection.resetWhenClosed()
                await connection.close()
                #expect(try await eventually { await server.memberCount == 0 })
                #expect(!server.hub.isConnected(maria))
            }
        }

        /// A client that says its last and shuts its half down has said it.
        @Test(arguments: [false, true])
        func whatCameBeforeTheEndCounts(isLater: Bool) async throws {
            try await TestServer.with { server in
                await server.notify("maria")
                let connection = try await open(server, isLater: isLater)
                try await connection.send(ClientFrame.text(#"{"type":"mark_all_read"}"#))
                try await connection.finishSending()
                try await connection.end()
                #expect(try await eventually { try await server.store.inbox(of: maria).unreadCount == 0 })
                await connection.close()
                #expect(try await eventually { await server.memberCount == 0 })
            }
        }

        /// The server closes with input unread: an early close would reset the connection and lose the close frame.
        @Test(arguments: [false, true])
        func theCloseFrameArrivesThroughAFlood(isLater: Bool) async throws {
            try await TestServer.with { server in
                let connection = try await open(server, isLater: isLater)
                try await connection.setReading(false)
                let flood = ClientFrame(opcode: 2, payload: [1]).bytes + [UInt8](repeating: 0x61, count: 30_000)
                try await connection.send(flood)
                try await Task.sleep(for: .milliseconds(10))
                try await connection.send([UInt8](repeating: 0x61, count: 20_000))
                try await connection.setReading(true)
                #expect(try await connection.frame().code == 4501)
                try await connection.end()
                await connection.close()
                #expect(try await eventually { await server.memberCount == 0 })
            }
        }

        /// The socket takes a part, and goes on where it stopped when the client reads again.
        @Test(arguments: [false, true])
        func everyByteOfAFullSocketArrives(isLater: Bool) async throws {
            try await TestServer.with {
                $0.queueBytes = 4 << 20
            } _: { server in
                let connection = try await server.connect(receiveBuffer: 4096)
                if isLater { _ = try await connection.get("/first") }
                try await connection.send(RawConnection.upgrade())
                _ = try await connection.head()
                _ = try await connection.json()
                try await connection.setReading(false)
                for number in 0..<200 {
                    await server.notify("maria", String(repeating: "x", count: 3000) + "\(number)")
                }
                try await Task.sleep(for: .milliseconds(50))
                try await connection.setReading(true)
                for number in 0..<200 {
                    let frame = try await connection.json()
                    #expect(frame["type"]?.string == "notification" && frame["seq"]?.integer == Int64(number + 1))
                    #expect(frame["data"]?["message"]?.string?.hasSuffix("x\(number)") == true)
                }
                await connection.close()
            }
        }

        /// An answer that has not left keeps the connection with SwiftNIO, or it would be lost (RULES 30).
        @Test func earlierAnswersArriveBeforeTheSession() async throws {
            try await TestServer.with(on: [.reactor]) { server in
                for _ in 0..<60 { await server.notify("maria", String(repeating: "x", count: 1000)) }
                let connection = try await server.connect(receiveBuffer: 4096)
                try await connection.setReading(false)
                let polls = 150
                let requests = String(repeating: RawConnection.request("/v1/sync?limit=50"), count: polls)
                let sending = Task { try await connection.send(requests + RawConnection.upgrade()) }
                try await Task.sleep(for: .milliseconds(200))
                try await connection.setReading(true)
                for _ in 0..<polls { #expect(try await connection.answer().head.hasPrefix("HTTP/1.1 200 OK")) }
                try await sending.value
                #expect(try await connection.head().hasPrefix("HTTP/1.1 101"))
                #expect(try await connection.json()["type"]?.string == "initial_load")
                await connection.close()
            }
        }

        @Test(arguments: [false, true])
        func aShutdownTellsLiveSessions(isLater: Bool) async throws {
            var open: [RawConnection] = []
            try await TestServer.with(on: [.reactor]) { server in
                for _ in 0..<20 { open.append(try await self.open(server, isLater: isLater)) }
            }
            for connection in open {
                let last = try await connection.frame()
                #expect(last.code == 1001 && last.reason.hasPrefix(#"{"reconnect_after_ms":"#))
                try await connection.end()
                await connection.close()
            }
        }
    }
#endif
