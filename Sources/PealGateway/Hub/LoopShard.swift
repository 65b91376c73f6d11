import DequeModule
import NIOCore
import PealAuth
import PealCore

/// One event loop's part of the hub: its sessions by user, and their timers.
///
/// @unchecked Sendable because all mutable state is touched on its event loop alone; the reference travels to post work
/// there.
final class LoopShard: @unchecked Sendable {
    let loop: any SessionLoop
    let index: Int

    private var members: [LoopMember?] = []
    private var free: [UInt32] = []
    /// The first session of each user.
    private var firsts = PlaceIndex()
    /// Publications that have not been given to all their sessions yet, in their order.
    private var arrived: Deque<SharedFrame> = []
    /// Those of them that are being given, all of one user; and the session that gets them next.
    private var run: [SharedFrame] = []
    private var cursor: SessionNode?
    private var isDelivering = false
    private var pacing = RowPacing()
    private var isPacing = false
    /// Whether sessions are being served right now, so that what leaves is reported once at the end.
    private var isServing = false
    private var tally = DeliveryTally()
    private var outbox: [(shard: LoopShard, works: [@Sendable () -> Void])] = []
    private let metrics: GatewayMetrics
    private var wheel: TimingWheel
    private let tick: Duration
    private var nextID = UInt64.random(in: .min ... .max)
    private let started = NIODeadline.now()
    private var isTicking = false
    /// Begins above every spacing, so that "never" can be 0.
    private static let firstTick: Tick = 1 << 20
    private(set) var now = LoopShard.firstTick

    init(loop: any SessionLoop, index: Int, tick: Duration, metrics: GatewayMetrics) {
        self.loop = loop
        self.metrics = metrics
        self.index = index
        self.tick = max(.milliseconds(1), tick)
        wheel = TimingWheel(now: Self.firstTick)
    }

    // MARK: Other loops

    /// Work for another loop that goes there together with what else this loop has for it in this turn, so that the other is
    /// woken once. Only on this loop.
    func post(to other: LoopShard, _ work: @escaping @Sendable () -> Void) {
        if outbox.isEmpty { loop.later { self.sendPost() } }
        if let index = outbox.firstIndex(where: { $0.shard === other }) {
            outbox[index].works.append(work)
        } else {
            outbox.append((other, [work]))
        }
    }

    private func sendPost() {
        let post = outbox
        outbox = []
        for (shard, works) in post {
            shard.loop.execute { for work in works { work() } }
        }
    }

    /// Unique on this node, and in practice across nodes, because every loop begins at a random number.
    func makeID() -> UInt64 {
        nextID &+= 1
        return nextID
    }

    // MARK: Members and their timers

    /// For a deadline that its caller reckoned on a clock that runs: one of a member that was here before.
    func add(_ member: LoopMember, deadline: Tick) {
        keep(member)
        wheel.set(member.slot, at: deadline)
    }

    /// The clock stands still while nobody is here: for whoever reckons on it before it is a member.
    func wakeClock() { startTicking() }

    /// The clock stands still while nobody is here, so a time from now on is added once it has been read.
    func add(_ member: LoopMember, after delay: Tick) {
        keep(member)
        wheel.set(member.slot, at: now.later(by: delay))
    }

    private func keep(_ member: LoopMember) {
        startTicking()
        if let slot = free.popLast() {
            member.slot = slot
            members[Int(slot)] = member
        } else {
            member.slot = UInt32(members.count)
            members.append(member)
        }
    }

    func setTimer(_ member: LoopMember, at deadline: Tick) {
        guard member.slot != .max else { return }
        wheel.set(member.slot, at: deadline)
    }

    func remove(_ member: LoopMember) {
        guard member.slot != .max else { return }
        wheel.remove(member.slot)
        members[Int(member.slot)] = nil
        free.append(member.slot)
        member.slot = .max
    }

    /// Sessions and connections that are kept.
    var memberCount: Int { members.count - free.count }

    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        readClock()
        _ = wheel.advance(to: now)
        scheduleTick()
    }

    private func readClock() {
        let passed = (NIODeadline.now() - started).nanoseconds / TimeAmount(tick).nanoseconds
        now = max(now, Self.firstTick + Tick(clamping: passed))
    }

    private func scheduleTick() {
        loop.schedule(after: tick) { self.turn() }
    }

    private func turn() {
        readClock()
        for slot in wheel.advance(to: now) {
            guard let member = members[Int(slot)] else { continue }
            if let deadline = member.timeIsUp(at: now), member.slot == slot { wheel.set(slot, at: deadline) }
        }
        isTicking = memberCount > 0
        if isTicking { scheduleTick() }
    }

    // MARK: Sessions

    private func hash(of place: Int) -> Int { node(at: place)?.user.hashValue ?? 0 }

    private func node(at place: Int) -> SessionNode? {
        // A member in the hub is a session.
        members[place].map { unsafeDowncast($0, to: SessionNode.self) }
    }

    private func first(of user: UserID) -> SessionNode? {
        firsts.find(user.hashValue) { node(at: $0)?.user == user }.flatMap { node(at: $0) }
    }

    /// A session that is a member.
    func insert(_ node: SessionNode) {
        let (place, userHash) = (Int(node.slot), node.user.hashValue)
        if let first = self.first(of: node.user) {
            node.nextOfUser = first
            firsts.move(Int(first.slot), to: place, hash: userHash)
        } else {
            firsts.insert(place, hash: userHash, hashOf: hash(of:))
        }
        node.isInHub = true
    }

    /// - Returns: whether this loop has no other session of the user.
    func withdraw(_ node: SessionNode) -> Bool {
        node.isInHub = false
        if cursor === node { cursor = node.nextOfUser }
        defer { node.nextOfUser = nil }
        guard let first = self.first(of: node.user) else { return true }
        guard first === node else {
            var before = first
            while let other = before.nextOfUser, other !== node { before = other }
            before.nextOfUser = node.nextOfUser
            return false
        }
        let (place, userHash) = (Int(node.slot), node.user.hashValue)
        if let next = node.nextOfUser {
            firsts.move(place, to: Int(next.slot), hash: userHash)
            return false
        }
        firsts.remove(place, hash: userHash, hashOf: hash(of:))
        return true
    }

    func session(_ reference: SessionReference) -> SessionNode? {
        guard reference.slot < members.count, let node = members[Int(reference.slot)] as? SessionNode,
            node.id == reference.id
        else { return nil }
        return node
    }

    // MARK: Publications

    /// How many sessions are served before other work of the loop has its turn.
    private static let sessionsPerTurn = 256

    /// Takes a batch in. What waits for the same session when its turn comes leaves with one write.
    func deliver(_ frames: [SharedFrame]) {
        arrived.append(contentsOf: Self.gathered(frames))
        guard !isDelivering else { return }
        isDelivering = true
        // Batches that wait behind this one come along.
        loop.later { self.deliverSome() }
    }

    /// Brings the publications of each user together, in their order, so that what one row went through in a batch leaves a
    /// session that keeps up as one frame (RULES 11). Nobody can tell in which order users are served.
    private static func gathered(_ frames: [SharedFrame]) -> [SharedFrame] {
        guard frames.count > 2 else { return frames }
        var places: [UserID: Int] = [:]
        var order: [(place: Int, index: Int)] = []
        order.reserveCapacity(frames.count)
        var isApart = false
        for (index, frame) in frames.enumerated() {
            let next = places.count
            let place = places[frame.publication.user, default: next]
            if place == next { places[frame.publication.user] = next }
            if let last = order.last, place < last.place { isApart = true }
            order.append((place, index))
        }
        guard isApart else { return frames }
        return order.sorted { $0 < $1 }.map { frames[$0.index] }
    }

    /// Serves some of the sessions that have publications to get.
    func deliverSome() {
        isServing = true
        let isDone = serve(Self.sessionsPerTurn)
        isServing = false
        tally.report(to: metrics)
        isDelivering = !isDone
        if !isDone { loop.later { self.deliverSome() } }
    }

    /// - Returns: whether nobody is left who has something to get.
    private func serve(_ limit: Int) -> Bool {
        var left = limit
        while left > 0 {
            guard let node = cursor else {
                guard beginRun() else { return true }
                left -= 1
                continue
            }
            // Moved on first: the session may leave.
            cursor = node.nextOfUser
            node.publish(run)
            left -= 1
        }
        return false
    }

    /// A frame has been handed to its connection.
    func left(_ frame: OutputFrame) {
        tally.count(frame)
        if !isServing { tally.report(to: metrics) }
    }

    /// A change has been handed to its connection, by itself.
    func left(_ change: SharedFrame) {
        tally.count(change)
        if !isServing { tally.report(to: metrics) }
    }

    private func beginRun() -> Bool {
        run.removeAll(keepingCapacity: true)
        guard let first = arrived.popFirst() else {
            if run.capacity > 1024 { run = [] }
            return false
        }
        let user = first.publication.user
        run.append(first)
        while let next = arrived.first, next.publication.user == user {
            run.append(next)
            arrived.removeFirst()
        }
        guard let node = self.first(of: user) else { return true }
        run = pacing.pass(run)
        if !run.isEmpty { cursor = node }
        if pacing.isOpen { pace() }
        return true
    }

    /// Delivers at the end of the window what waits for it.
    private func pace() {
        guard !isPacing else { return }
        isPacing = true
        loop.schedule(after: RowPacing.window) {
            self.isPacing = false
            let frames = self.pacing.turn()
            if !frames.isEmpty { self.deliver(frames) }
        }
    }

    // MARK: All of them

    /// The sessions of one user, or all.
    func sessions(of user: UserID? = nil) -> [SessionNode] {
        guard let user else { return members.compactMap { $0 as? SessionNode }.filter(\.isInHub) }
        var sessions: [SessionNode] = []
        var node = first(of: user)
        while let session = node {
            sessions.append(session)
            node = session.nextOfUser
        }
        return sessions
    }

    func onlineUsers() -> [UserID] { firsts.places.compactMap { node(at: $0)?.user } }

    /// Head checks: sessions behind the store's head look for what they missed.
    func compare(_ heads: [UserID: Seq]) {
        for (user, head) in heads {
            for session in sessions(of: user) where session.seq < head { session.headIs(head) }
        }
    }
}

/// Names a session from another thread.
struct SessionReference: Sendable {
    let slot: UInt32
    let id: UInt64

    init(_ node: SessionNode) {
        slot = node.slot
        id = node.id
    }
}
