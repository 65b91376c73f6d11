import Logging
import NIOCore
import NIOPosix
import PealCore
import Synchronization
import Testing

@testable import PealGateway

/// Remembers who is here, and loses publications on demand.
final class ForgetfulBus: Bus {
    private let state = Mutex<(receive: PublicationSink?, here: [String], isDown: Bool)>((nil, [], false))

    func start(_ receive: @escaping PublicationSink) { state.withLock { $0.receive = receive } }
    func join(_ user: UserID) { state.withLock { $0.here.append("+\(user)") } }
    func leave(_ user: UserID) { state.withLock { $0.here.append("-\(user)") } }

    func publish(_ batch: [Publication]) {
        let receive = state.withLock { $0.isDown ? nil : $0.receive }
        receive?(batch)
    }

    var log: [String] { state.withLock { $0.here } }
    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }
}

class NamedNode: SessionNode {
    private let ownID: UInt64
    private let owner: UserID

    init(id: UInt64, user: UserID) {
        ownID = id
        owner = user
    }

    override var id: UInt64 { ownID }
    override var user: UserID { owner }
}

/// Takes a session to its loop and back; touched there alone.
struct OnLoop: @unchecked Sendable {
    let node: ListeningNode
    let shard: LoopShard
}

/// A session that only listens.
final class ListeningNode: NamedNode {
    let heard = Mutex<[String]>([])

    let frames = Mutex<[SharedFrame]>([])

    override func publish(_ run: [SharedFrame]) {
        heard.withLock { $0.append(contentsOf: run.map { "\($0.seq)" } + ["."]) }
        frames.withLock { $0.append(contentsOf: run) }
    }
    override func close(_ code: CloseCode, reason: String, reconnectAfter: Duration?) {
        heard.withLock { $0.append("close \(code.rawValue)") }
    }
    override func headIs(_ head: Seq) { heard.withLock { $0.append("head \(head)") } }
}

/// A session that goes when it is told to.
final class LeavingNode: NamedNode {
    var leave: (LeavingNode) -> Void = { _ in }

    override func close(_ code: CloseCode, reason: String, reconnectAfter: Duration?) { leave(self) }
}

@Suite struct HubTests {
    private let bus = ForgetfulBus()
    private let group = MultiThreadedEventLoopGroup.singleton

    private func makeHub(_ change: (inout GatewaySettings) -> Void = { _ in }) -> (Hub, InMemoryStore) {
        var settings = GatewaySettings()
        settings.connectionLogLevel = .trace
        change(&settings)
        let bus = bus
        let store = InMemoryStore(renderer: PlainRenderer(), clock: { WallClock.now() }, publish: { bus.publish($0) })
        return (
            Hub(store: store, bus: bus, eventLoopGroup: group, settings: settings, logger: Logger(label: "t")), store
        )
    }

    /// Runs on every loop in turn, so that what was posted before has been done.
    private func settle(_ hub: Hub) async throws {
        for _ in 0..<2 { for shard in hub.shards { await shard.loop.submit {} } }
    }

    private func join(_ user: UserID, _ hub: Hub, loop: Int = 0) async throws -> OnLoop {
        let shard = hub.shards[loop % hub.shards.count]
        return await shard.loop.submit {
            let node = ListeningNode(id: shard.makeID(), user: user)
            shard.add(node, after: 1 << 20)
            hub.join(node, on: shard)
            return OnLoop(node: node, shard: shard)
        }
    }

    private func heard(_ node: OnLoop) async throws -> [String] {
        await node.shard.loop.submit { node.node.heard.withLock { $0 } }
    }

    @Test func aBatchComesOnceToEachSessionOfItsUser() async throws {
        let (hub, _) = makeHub()
        let nodes = [
            try await join(maria, hub), try await join(maria, hub, loop: 1), try await join(ana, hub),
        ]
        hub.receive([created(1).publication, created(2).publication])
        try await settle(hub)
        #expect(try await heard(nodes[0]) == ["1", "2", "."])
        #expect(try await heard(nodes[1]) == ["1", "2", "."])
        #expect(try await heard(nodes[2]) == [])
        #expect(hub.sessionCount == 3)
        #expect(hub.userCount == 2)
        #expect(hub.sessionCount(of: maria) == 2)
        #expect(Set(hub.connectedUsers()) == [maria, ana])
    }

    /// Nothing else has to happen for the last like of many to come.
    @Test func anAggregationThatWaitsComesByItself() async throws {
        let (hub, _) = makeHub()
        let node = try await join(maria, hub)
        for seq in 1...3 {
            hub.receive([shared(Seq(seq), .aggregated(row(1, seq: Seq(seq)))).publication])
            #expect(try await eventually { try await heard(node).contains("\(seq)") })
        }
        #expect(try await heard(node).filter { $0 != "." } == ["1", "2", "3"])
    }

    /// Each loop has frames of its own, but they are compressed once.
    @Test func twoLoopsShareOneCompression() async throws {
        let (hub, _) = makeHub { $0.compression = true }
        let nodes = [try await join(maria, hub), try await join(maria, hub, loop: 1)]
        hub.receive([created(1, message: String(repeating: "a long message. ", count: 40)).publication])
        try await settle(hub)
        let frames = try nodes.map { node in try #require(node.node.frames.withLock { $0.first }) }
        #expect(frames[0] !== frames[1])
        let shared = try #require(frames[0].compression)
        #expect(shared === frames[1].compression)
        let compressed = frames.map { $0.compressedBytes(in: .peal, tag: EpochTag(value: 1), from: 0) }
        #expect(compressed[0] != nil && compressed[0] == compressed[1])
        #expect(compressed[0]?.readableBytesView.first == 0xC1)
    }

    @Test func oneCompressionServesWhoeverAsks() {
        let times = Mutex(0)
        let shared = SharedCompression { plain in
            times.withLock { $0 += 1 }
            return WireBytes(bytes: plain.readableBytesView.reversed())
        }
        let copies = (0..<3).map { _ in shared.copy(of: WireBytes(bytes: [1, 2, 3])) }
        #expect(copies == Array(repeating: WireBytes(bytes: [3, 2, 1]), count: 3))
        #expect(times.withLock { $0 } == 1)
        let addresses = copies.map { $0.withUnsafeReadableBytes { $0.baseAddress } }
        #expect(Set(addresses).count == 3, "each loop counts the references of its own")
    }

    @Test func theBusHearsOfTheFirstAndTheLastSession() async throws {
        let (hub, _) = makeHub()
        let nodes = [try await join(maria, hub), try await join(maria, hub, loop: 1), try await join(maria, hub)]
        for node in nodes {
            let shard = node.shard
            await shard.loop.submit {
                hub.leave(node.node, on: shard)
                hub.leave(node.node, on: shard)
                shard.remove(node.node)
            }
        }
        #expect(bus.log == ["+maria", "-maria"])
        #expect(hub.sessionCount == 0 && hub.userCount == 0)
    }

    @Test func headsFindWhatTheBusLost() async throws {
        let (hub, store) = makeHub()
        let node = try await join(maria, hub)
        bus.setDown(true)
        let event = Event(type: "news", recipients: [.init(maria)], message: "lost")
        _ = await store.write([.ingest(Ingest(event: event))])
        await hub.checkHeads()
        try await settle(hub)
        #expect(try await heard(node) == ["head 1"])
    }

    @Test func tooManySessionsOfAUser() async throws {
        let (hub, _) = makeHub { $0.maxPerUser = 2 }
        let older = [try await join(maria, hub, loop: 1), try await join(maria, hub)]
        try await settle(hub)
        for node in older { #expect(try await heard(node) == [], "two may be here") }
        let third = try await join(maria, hub)
        var closed: [String] = []
        #expect(
            try await eventually {
                closed = []
                for node in older { closed += (try? await heard(node)) ?? [] }
                return !closed.isEmpty
            }, "one of the older ones must go")
        for _ in 0..<3 { try await settle(hub) }
        closed = []
        for node in older { closed += try await heard(node) }
        #expect(closed == ["close 4502"], "one, and one only")
        #expect(try await heard(third) == [], "the newest stays")
    }

    @Test func joinsAtTheSameTimeCloseAsManyAsAreTooMany() async throws {
        let (hub, _) = makeHub { $0.maxPerUser = 10 }
        for index in 0..<40 {
            let shard = hub.shards[index % hub.shards.count]
            shard.loop.execute {
                let node = LeavingNode(id: shard.makeID(), user: maria)
                node.leave = { node in
                    hub.leave(node, on: shard)
                    shard.remove(node)
                }
                shard.add(node, after: 1 << 20)
                hub.join(node, on: shard)
            }
        }
        try await settle(hub)
        #expect(try await eventually { hub.sessionCount(of: maria) <= 10 })
        for _ in 0..<10 { try await settle(hub) }
        #expect(hub.sessionCount(of: maria) == 10)
    }

    @Test func presenceCountsLaterLoopsTogether() {
        let presence = Presence()
        var edges: [String] = []
        #expect(presence.add(maria, loop: 3) { edges.append("+\($0)") } == 1)
        #expect(presence.add(maria, loop: 70) { edges.append("+\($0)") } == 2)
        #expect(presence.add(maria, loop: 70) { edges.append("+\($0)") } == 3)
        #expect(presence.entry(of: maria) == .init(loops: 8, elsewhere: 2, sessions: 3))
        presence.remove(maria, loop: 3, isLastOfLoop: true) { edges.append("-\($0)") }
        presence.remove(maria, loop: 70, isLastOfLoop: false) { edges.append("-\($0)") }
        #expect(presence.entry(of: maria) == .init(loops: 0, elsewhere: 1, sessions: 1))
        presence.remove(maria, loop: 70, isLastOfLoop: true) { edges.append("-\($0)") }
        #expect(presence.entry(of: maria) == nil)
        #expect(edges == ["+maria", "-maria"])
    }
}
