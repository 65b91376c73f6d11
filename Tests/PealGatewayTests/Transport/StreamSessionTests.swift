import Logging
import NIOCore
import NIOPosix
import PealCore
import Synchronization
import Testing

@testable import PealGateway

/// A transport that keeps what it is given.
private final class RecordingStream: StreamSession {
    var written: [String] = []
    var frames: [JSON] = []
    var takes = true
    var isConnected = true

    override var isOpen: Bool { isConnected }
    override var isWritable: Bool { takes }
    override func put(_ bytes: WireBytes) {
        var bytes = Array(bytes.readableBytesView)
        let frame = ServerFrame.take(from: &bytes).first
        let json = try? JSON.parse(frame?.payload ?? [])
        if let json { frames.append(json) }
        written.append(json?["type"]?.string ?? "?")
    }
    override func flush() { written.append("flush") }
    override func hangUp() { written.append("hang up") }
}

/// What the driver of a session does with the transport under it.
@Suite struct StreamSessionTests {
    private static func makeGateway(_ change: (inout GatewaySettings) -> Void = { _ in }) -> Gateway {
        var settings = GatewaySettings()
        settings.connectionLogLevel = .trace
        change(&settings)
        let bus = InProcessBus()
        let store = InMemoryStore(renderer: PlainRenderer(), clock: { WallClock.now() }, publish: { bus.publish($0) })
        let hub = Hub(
            store: store, bus: bus, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, settings: settings,
            logger: Logger(label: "t"))
        return Gateway(hub: hub, verifier: StubVerifier())
    }

    /// The connection went while the session was on its way to its loop.
    @Test func aSessionThatCannotBeginGivesItsPlaceBack() async throws {
        let gateway = Self.makeGateway { $0.maxPerAddress = 1 }
        let hub = gateway.hub
        let shard = hub.shards[0]
        let address = try #require(NetworkAddress("1.1.1.1"))
        await shard.loop.submit {
            let id = shard.makeID()
            #expect(hub.admissions.enter(id, from: address))
            let session = Session(
                id: id, user: maria, tag: EpochTag(value: 1), wire: .webSocket, rules: hub.rules, now: shard.now)
            let stream = RecordingStream(session, gateway: gateway, shard: shard)
            stream.isConnected = false
            stream.begin(WireBytes(), since: .beginning, limit: 50)
            stream.gone()
        }
        #expect(hub.admissions.hasRoom(for: address))
        #expect(hub.sessionCount == 0)
        #expect(await shard.loop.submit { shard.memberCount } == 0)
    }

    /// A live session on a loop of a hub; touched there alone.
    private func withStream(_ body: @escaping @Sendable (RecordingStream, LoopShard) -> Void) async throws {
        let gateway = Self.makeGateway()
        let hub = gateway.hub
        let shard = hub.shards[0]
        let reference = await shard.loop.submit {
            let session = Session(
                id: shard.makeID(), user: maria, tag: EpochTag(value: 1), wire: .webSocket, rules: hub.rules,
                now: shard.now)
            let stream = RecordingStream(session, gateway: gateway, shard: shard)
            stream.begin(WireBytes(), since: .beginning, limit: 50)
            return SessionReference(stream)
        }
        #expect(
            try await eventually {
                await shard.loop.submit { (shard.session(reference) as? RecordingStream)?.session.phase == .live }
            })
        await shard.loop.submit {
            guard let stream = shard.session(reference) as? RecordingStream else { return }
            stream.written = []
            stream.frames = []
            body(stream, shard)
            stream.gone()
        }
    }

    @Test func framesThatWaitTogetherLeaveTogether() async throws {
        try await withStream { stream, shard in
            shard.deliver((1...4).map { created(Seq($0)) })
            shard.deliverSome()
            #expect(stream.written == Array(repeating: "notification", count: 4) + ["flush"])
            stream.written = []
            stream.takes = false
            for seq in 5...8 { shard.deliver([created(Seq(seq))]) }
            shard.deliverSome()
            #expect(stream.written == [])
            stream.takes = true
            stream.pump()
            #expect(stream.written == Array(repeating: "notification", count: 4) + ["flush"])
        }
    }

    /// A thousand likes of one post in a batch are one frame for a session that keeps up (RULES 11), also where what other
    /// users got was committed in between.
    @Test func whatOneRowWentThroughInABatchIsOneFrame() async throws {
        try await withStream { stream, shard in
            let likes = (1...1000).flatMap { seq in
                [
                    shared(seq, .aggregated(row(1, seq: seq, message: "\(seq)"))),
                    shared(seq, .aggregated(row(2, seq: seq)), user: ana),
                ]
            }
            shard.deliver(likes)
            for _ in 0..<10 { shard.deliverSome() }
            #expect(stream.written == ["notification", "flush"])
            #expect(stream.session.sentSeq == 1000 && stream.frames.last?["seq"]?.integer == 1000)
            #expect(stream.frames.last?["from"]?.integer == 0)
            #expect(stream.frames.last?["data"]?["message"]?.string == "1000")
        }
    }

    /// Each in a batch of its own, one behind the other.
    @Test func aThousandLikesAreNotAThousandFrames() async throws {
        try await withStream { stream, shard in
            for seq in 1...1000 {
                shard.deliver([shared(Seq(seq), .aggregated(row(1, seq: Seq(seq), message: "\(seq)")))])
                shard.deliverSome()
            }
            #expect(stream.frames.map { $0["seq"]?.integer } == [1], "the others wait for the end of the window")
            shard.deliver([created(1001)])
            shard.deliverSome()
            #expect(stream.frames.map { $0["seq"]?.integer } == [1, 1000, 1001], "unless something else happens")
            let gathered = stream.frames.dropFirst().first
            #expect(gathered?["from"]?.integer == 1 && gathered?["data"]?["message"]?.string == "1000")
        }
    }

    @Test func whatHappenedToSeveralRowsKeepsItsOrder() async throws {
        try await withStream { stream, shard in
            shard.deliver([
                created(1), shared(1, .created(row(9, seq: 1)), user: ana), created(2),
                shared(3, .aggregated(row(1, seq: 3))), shared(2, .created(row(8, seq: 2)), user: ana),
            ])
            for _ in 0..<4 { shard.deliverSome() }
            #expect(stream.written == ["notification", "notification", "flush"])
            #expect(stream.frames.map { $0["seq"]?.integer } == [2, 3])
        }
    }

    @Test func commandsThatCameTogetherAreAnsweredTogether() async throws {
        try await withStream { stream, _ in
            let pings = Array((0..<5).map { _ in ClientFrame.text(#"{"type":"ping"}"#).bytes }.joined())
            pings.withUnsafeBytes { stream.take($0) }
            #expect(stream.written == Array(repeating: "pong", count: 5) + ["flush"])
        }
    }

    @Test func anIdleSessionHoldsNothing() async throws {
        try await withStream { stream, shard in
            stream.takes = false
            for seq in 1...50 { shard.deliver([created(Seq(seq))]) }
            shard.deliverSome()
            #expect(stream.session.queue.bytes > 0)
            stream.takes = true
            stream.pump()
            #expect(stream.session.queue.isEmpty && !stream.session.queue.hasBacklog, "the list has gone, too")

            let ping = ClientFrame.text(#"{"type":"ping"}"#).bytes
            ping.dropLast(3).withUnsafeBytes { stream.take($0) }
            #expect(stream.partial != nil)
            ping.suffix(3).withUnsafeBytes { stream.take($0) }
            #expect(stream.partial == nil)
        }
    }

    @Test func whatWasNotReadYetGoesOnWhenTheBucketFills() async throws {
        try await withStream { stream, shard in
            let count = 250
            let pings = Array((0..<count).map { _ in ClientFrame.text("ping").bytes }.joined())
            pings.withUnsafeBytes { stream.take($0) }
            #expect(stream.written.count == 201, "the burst, and a flush")
            #expect(stream.partial?.isHeldUp == true)
            #expect(stream.timeIsUp(at: shard.now + 1) != nil)
            #expect(stream.written.filter { $0 == "?" }.count == count, "and the rate of a second")
            #expect(stream.partial == nil)
        }
    }
}
