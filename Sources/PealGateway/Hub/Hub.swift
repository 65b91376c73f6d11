import CoreMetrics
public import Logging
public import NIOCore
import PealAuth
public import PealCore
import Synchronization

/// All live sessions of this node: takes the publications of the bus to the sessions of their users.
///
/// Sharded by event loop: a session is touched by its own loop alone, and a batch crosses to each loop once.
public final class Hub: Sendable {
    let store: any Store
    let settings: GatewaySettings
    let rules: SessionRules
    let metrics: GatewayMetrics
    let admissions: Admissions
    let logger: Logger
    let clock: @Sendable () -> Timestamp
    let shards: [LoopShard]
    /// Nil where SwiftNIO carries all sessions.
    let reactor: Reactor?
    let presence: Presence
    let sharedReads = SharedReads()
    let pageReads = PageReads()
    let returns = ReturnChecks()
    let deliveries = DeliveryReports()
    let typing = TypingNotes()
    let sessionLimit: Int
    let bus: any Bus
    private let shardsByLoop: [ObjectIdentifier: LoopShard]
    private let total = Atomic<Int>(0)
    private let drainBegan = Atomic<Bool>(false)

    /// Becomes the receiver of the bus.
    ///
    /// - Parameters:
    ///   - eventLoopGroup: the one that the server runs on; connections on other loops are refused.
    ///   - clock: the time of day, for the expiry of tokens and the answer to `ping`.
    public init(
        store: any Store, bus: any Bus, eventLoopGroup: any EventLoopGroup, settings: GatewaySettings, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp = { WallClock.now() }
    ) {
        self.store = store
        self.bus = bus
        self.settings = settings
        self.logger = logger
        self.clock = clock
        let metrics = GatewayMetrics()
        self.metrics = metrics
        rules = SessionRules(settings)
        presence = Presence(remembered: bus.carriesEverything ? settings.rememberedUsers : 0)
        admissions = Admissions(settings, metrics: metrics)
        sessionLimit = settings.maxSessions ?? FileLimit.sessions
        let loops = Array(eventLoopGroup.makeIterator())
        // The first 64 are told apart, so those come first that have most sessions.
        reactor = Reactor(settings, metrics: metrics)
        let reactorShards = reactor?.shards ?? []
        let channelShards = loops.enumerated().map { index, loop in
            LoopShard(
                loop: ChannelLoop(loop), index: reactorShards.count + index, tick: settings.tick, metrics: metrics)
        }
        shardsByLoop = Dictionary(zip(loops.map { ObjectIdentifier($0) }, channelShards)) { first, _ in first }
        shards = reactorShards + channelShards
        metrics.carries(reactor == nil ? .nio : .reactor)
        logger.debug("Sessions have a transport", metadata: ["transport": "\(reactor == nil ? "nio" : "reactor")"])
        bus.watch { [weak self] in self?.look(for: $0) }
        bus.start { [weak self] in self?.receive($0) }
    }

    func shard(of loop: any EventLoop) -> LoopShard? { shardsByLoop[ObjectIdentifier(loop)] }

    // MARK: Publications

    /// Takes a committed batch to the loops where its users are. Returns at once; for the thread that commits.
    public func receive(_ batch: [Publication]) {
        guard !batch.isEmpty else { return presence.forgetHeads() }
        let receivedAt = NIODeadline.now().uptimeNanoseconds
        var frames = [[SharedFrame]](repeating: [], count: shards.count)
        for index in batch.indices {
            guard let entry = presence.advance(batch[index]) else { continue }
            let compression = settings.compression ? SharedCompression() : nil
            func addFrame(for loop: Int) {
                // One for each loop: encoding it again is cheaper than two cores counting the references of the same one,
                // but compressing it again is not.
                frames[loop].append(SharedFrame(batch[index], receivedAt: receivedAt, compression: compression))
            }
            var loops = entry.loops
            while loops != 0 {
                addFrame(for: loops.trailingZeroBitCount)
                loops &= loops - 1
            }
            if entry.elsewhere > 0 {
                for later in Presence.countedLoops..<max(Presence.countedLoops, shards.count) { addFrame(for: later) }
            }
        }
        for (shard, frames) in zip(shards, frames) where !frames.isEmpty {
            shard.loop.execute { shard.deliver(frames) }
        }
    }

    // MARK: Sessions

    /// Everybody who has a session here now, in no order. A long poll counts while it waits.
    public func onlineUsers() -> [UserID] { presence.online() }

    /// Whether one more session may come.
    var hasRoom: Bool { total.load(ordering: .relaxed) < sessionLimit }

    func join(_ node: SessionNode, on shard: LoopShard) {
        shard.insert(node)
        let count = presence.add(node.user, loop: shard.index) { bus.join($0) }
        let sessions = total.add(1, ordering: .relaxed).newValue
        metrics.changed(node.kind, by: 1)
        if node.kind != .longPoll { log("User connected", node, sessions) }
        if count > settings.maxPerUser { closeLongestSilent(of: node.user, except: node.id) }
    }

    func leave(_ node: SessionNode, on shard: LoopShard) {
        guard node.isInHub else { return }
        admissions.leave(node.id)
        let isLastOfLoop = shard.withdraw(node)
        presence.remove(node.user, loop: shard.index, isLastOfLoop: isLastOfLoop) { bus.leave($0) }
        let sessions = total.subtract(1, ordering: .relaxed).newValue
        metrics.changed(node.kind, by: -1)
        if node.kind != .longPoll { log("User disconnected", node, sessions) }
    }

    private func log(_ message: Logger.Message, _ node: SessionNode, _ total: Int) {
        logger.log(
            level: settings.connectionLogLevel, message,
            metadata: ["user": "\(node.user)", "transport": "\(node.kind)", "connections": "\(total)"])
    }

    /// Goes from loop to loop with the best candidate so far (RULES 41).
    private func closeLongestSilent(of user: UserID, except newest: UInt64) {
        search(shards[...], user: user, except: newest, best: nil)
    }

    private struct Candidate {
        var reference: SessionReference
        var shard: LoopShard
        var lastHeard: Tick
    }

    private func search(_ shards: ArraySlice<LoopShard>, user: UserID, except newest: UInt64, best: Candidate?) {
        guard let shard = shards.first else {
            guard let best else { return }
            best.shard.loop.execute {
                // Of joins at the same time each closes one, unless sessions have left by themselves.
                guard self.sessionCount(of: user) > self.settings.maxPerUser else { return }
                guard let victim = best.shard.session(best.reference), victim.isInHub else {
                    return self.closeLongestSilent(of: user, except: newest)
                }
                victim.close(.tooManyConnections, reason: "too many connections", reconnectAfter: nil)
            }
            return
        }
        shard.loop.execute {
            var best = best
            // The list begins with the newest, so that of equals the oldest wins.
            for node in shard.sessions(of: user) where node.id != newest {
                if let best, best.lastHeard < node.lastHeard { continue }
                best = Candidate(reference: SessionReference(node), shard: shard, lastHeard: node.lastHeard)
            }
            self.search(shards.dropFirst(), user: user, except: newest, best: best)
        }
    }

    // MARK: What others may ask

    /// Live sessions of all kinds on this node.
    public var sessionCount: Int { total.load(ordering: .relaxed) }

    /// Users with at least one session on this node.
    public var userCount: Int { presence.userCount }

    /// Live sessions of one user on this node.
    public func sessionCount(of user: UserID) -> Int { Int(presence.entry(of: user)?.sessions ?? 0) }

    /// Whether a user has a live session on this node.
    public func isConnected(_ user: UserID) -> Bool { presence.entry(of: user) != nil }

    /// Users with a live session on this node, in no order.
    public func connectedUsers(limit: Int = 1000) -> [UserID] { presence.users(limit: limit) }

    /// True from the beginning of a shutdown: new sessions are refused and the node is not ready.
    public var isDraining: Bool { drainBegan.load(ordering: .acquiring) }

    /// - Returns: false where it had begun already.
    func beginDraining() -> Bool { !drainBegan.exchange(true, ordering: .acquiringAndReleasing) }
}
