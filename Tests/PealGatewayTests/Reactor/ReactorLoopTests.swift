#if os(Linux)
    import Logging
    import NIOCore
    import NIOPosix
    import PealAuth
    import PealCore
    import Synchronization
    import Testing

    @testable import PealGateway

    /// The loop itself, with sessions on pairs of sockets.
    @Suite struct ReactorLoopTests {
        private let hub: Hub
        private let gateway: Gateway
        private let loop: ReactorLoop
        private let shard: LoopShard

        init() throws {
            var settings = GatewaySettings()
            settings.tick = .milliseconds(20)
            settings.connectionLogLevel = .trace
            let bus = InProcessBus()
            let store = InMemoryStore(
                renderer: PlainRenderer(), clock: { WallClock.now() }, publish: { bus.publish($0) })
            hub = Hub(
                store: store, bus: bus, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, settings: settings,
                logger: Logger(label: "t"))
            gateway = Gateway(hub: hub, verifier: StubVerifier())
            shard = try #require(hub.reactor?.shards.first)
            loop = try #require(shard.loop as? ReactorLoop)
        }

        private func takeover(_ id: UInt64 = 1) throws -> Takeover {
            let request = GatewayRequest(
                kind: .webSocket(key: "dGhlIHNhbXBsZSBub25jZQ==", selectsProtocol: false, deflate: nil),
                credential: .token("user:maria"),
                since: nil, limit: 50, corsFields: [], keepsConnection: true)
            return try #require(Takeover(request, Claims(user: maria, expiresAt: nil), gateway: gateway, id: id))
        }

        @Test func workIsDoneInItsOrder() async {
            let steps = AsyncStream.makeStream(of: Int.self)
            let note: @Sendable (Int) -> Void = { steps.continuation.yield($0) }
            // From the loop's own thread, so that one turn takes all of it.
            loop.execute { [loop] in
                loop.execute {
                    note(1)
                    loop.later {
                        note(3)
                        loop.later { note(4) }
                    }
                }
                loop.execute { note(2) }
                loop.schedule(after: .milliseconds(400)) { note(6) }
                loop.schedule(after: .milliseconds(20)) { note(5) }
            }
            var seen: [Int] = []
            for await step in steps.stream {
                seen.append(step)
                if seen.count == 6 { break }
            }
            #expect(seen.filter { $0 < 5 } == [1, 2, 3, 4] && seen.filter { $0 > 4 } == [5, 6])
        }

        @Test func anEventForAnEarlierSessionOfThePlaceFindsNobody() async throws {
            let takeover = try takeover()
            let pairs = [SocketPair(), SocketPair()].map { $0.giveAway() }
            let found = await shard.loop.submit {
                var slots = ReactorSlots()
                func stream(_ descriptor: CInt) -> ReactorStream {
                    ReactorStream(
                        takeover.session(on: shard), gateway: gateway, shard: shard, descriptor: descriptor)
                }
                let first = stream(pairs[0])
                let second = stream(pairs[1])
                let old = slots.insert(first)
                let hadFirst = slots[old] === first
                slots.remove(old)
                let new = slots.insert(second)
                let results = [
                    hadFirst, new & 0xFFFF_FFFF == old & 0xFFFF_FFFF, new != old, slots[old] == nil,
                    slots[new] === second, slots.count == 1,
                ]
                slots.remove(old)
                return results + [slots[new] === second]
            }
            #expect(found == Array(repeating: true, count: 7))
            for descriptor in pairs { Socket.close(descriptor) }
        }

        /// As the front door does it, on a loop of SwiftNIO.
        private func adopt(_ descriptor: CInt, by reactor: Reactor) async throws {
            let takeover = try takeover()
            let origin = try #require(hub.shards.last)
            await origin.loop.submit {
                reactor.adopt(DuplicateSocket(descriptor), takeover, bytes: ByteBuffer(), from: origin)
            }
        }

        @Test func publicationsThatWaitLeaveInOneWrite() async throws {
            let pair = SocketPair(packets: true)
            let reactor = try #require(hub.reactor)
            try await adopt(pair.giveAway(), by: reactor)
            var packets: [[UInt8]] = []
            try #require(
                try await eventually {
                    if let packet = pair.receive(), !packet.isEmpty { packets.append(packet) }
                    return packets.count == 2
                })
            #expect(packets[0].starts(with: Array("HTTP/1.1 101".utf8)))
            // Two batches, taken in before either is delivered.
            let shards = hub.shards
            for shard in shards {
                shard.loop.execute {
                    shard.deliver([created(1), created(2)])
                    shard.deliver([created(3), created(4)])
                }
            }
            try #require(
                try await eventually {
                    if let packet = pair.receive(), !packet.isEmpty { packets.append(packet) }
                    return packets.count == 3
                })
            var bytes = packets[2]
            let frames = ServerFrame.take(from: &bytes)
            let seqs = try frames.map { try JSON.parse($0.payload)["seq"]?.integer }
            #expect(seqs == [1, 2, 3, 4])
            await hub.drain(inHaste: true)
        }

        @Test func aHandoverThatADrainOvertakesIsRefused() async throws {
            let pair = SocketPair()
            let reactor = try #require(hub.reactor)
            #expect(hub.beginDraining())
            try await adopt(pair.giveAway(), by: reactor)
            var answer: [UInt8] = []
            #expect(
                try await eventually {
                    guard let some = pair.receive() else { return true }
                    answer += some
                    return false
                })
            #expect(answer.starts(with: Array("HTTP/1.1 503".utf8)))
            #expect(hub.sessionCount == 0)
            for shard in reactor.shards {
                #expect(try await eventually { await shard.loop.submit { shard.memberCount } == 0 })
            }
        }

        @Test func aDescriptorThatNobodyTakesIsClosed() {
            let pair = SocketPair()
            do { _ = DuplicateSocket(pair.giveAway()) }
            #expect(pair.receive() == nil)
        }
    }
#endif
