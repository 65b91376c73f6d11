import CoreMetrics
import Logging
import NIOCore
import PealAuth
import PealCore

/// A session on a connection of its own, whatever carries it: does what the machine asks for, hands out frames while the
/// connection takes them, and ends it. A transport overrides what it provides.
class StreamSession: SessionNode {
    final let gateway: Gateway
    /// Unsafe without harm: the gateway's hub has its shards as long as it lives itself.
    final unowned(unsafe) let shard: LoopShard
    /// What only a WebSocket has whose client is in the middle of something.
    final var partial: PartialInput?
    /// What only a session has whose client does not read.
    final var unsent: UnsentOutput?
    final var session: Session
    final private(set) var isEnding = false
    final private var isPumping = false

    init(_ session: Session, gateway: Gateway, shard: LoopShard) {
        self.session = session
        self.gateway = gateway
        self.shard = shard
    }

    final var hub: Hub { gateway.hub }

    // MARK: What a transport provides

    /// False once the connection is closed.
    var isOpen: Bool { false }
    /// Whether it takes frames now.
    var isWritable: Bool { false }
    /// Bytes that the kernel has not taken yet.
    var heldBytes: Int { 0 }
    /// Takes a frame over; it leaves with the next flush.
    func put(_ bytes: WireBytes) {}
    func flush() {}
    /// The same as ``put(_:)`` and ``flush()`` where nothing else was put.
    func send(_ bytes: WireBytes) {
        put(bytes)
        flush()
    }
    /// The session takes messages again: reads on.
    func readOn() {}
    /// Sends the last bytes, shuts the sending half, and reads on to the end (RULES 32).
    func finish(_ bytes: WireBytes) {}
    /// Closes the connection at once.
    func hangUp() {}

    // MARK: Begin and end

    /// Sends the answer to the request, enters the hub, and only then asks for the snapshot (RULES 6).
    final func begin(_ answer: WireBytes, since: Since, limit: Int) {
        // The connection has gone meanwhile, with the place of the session in the tables.
        guard isOpen else { return hub.admissions.leave(id) }
        shard.add(self, deadline: session.deadline)
        hub.join(self, on: shard)
        put(answer)
        flush()
        perform(session.start(since: since, limit: limit))
    }

    /// Answers the request and ends, before the session has begun.
    final func refuse(_ answer: HTTPAnswer) {
        isEnding = true
        session.end()
        shard.add(self, deadline: .max)
        hangUpSoon()
        finish(answer.bytes)
    }

    final override func close(_ code: CloseCode, reason: String, reconnectAfter: Duration?) {
        end(code, session.wire.closing(code, reason: reason, reconnectAfter: reconnectAfter))
    }

    /// Sends the last bytes and gives the peer a moment to close its side (RULES 32).
    final func end(_ code: CloseCode, _ bytes: WireBytes) {
        guard !isEnding else { return }
        isEnding = true
        session.end()
        partial = nil
        hub.leave(self, on: shard)
        hub.metrics.closed(code)
        hangUpSoon()
        if isOpen { finish(bytes) }
    }

    /// Gives the peer a moment to close its side: no more than a second, which the ticks of the wheel are too coarse for.
    private func hangUpSoon() {
        shard.setTimer(self, at: .max)
        let reference = SessionReference(self)
        let shard = shard
        shard.loop.schedule(after: hub.settings.closePatience) { shard.session(reference)?.hangUpNow() }
    }

    final override func hangUpNow() { hangUp() }

    /// The connection is closed.
    final func gone() {
        hub.leave(self, on: shard)
        shard.remove(self)
        isEnding = true
        partial = nil
        session.end()
    }

    // MARK: Hub

    final override var id: UInt64 { session.id }
    final override var user: UserID { session.user }
    final override var kind: SessionKind { session.wire == .eventStream ? .eventStream : .webSocket }
    final override var lastHeard: Tick { session.lastHeard }
    final override var seq: Seq { session.seq }
    final override var grant: Grant { session.grant }

    final override func publish(_ run: [SharedFrame]) {
        if run.count == 1, sendAtOnce(run[0]) { return }
        for frame in run {
            if !session.takeNext(frame) { perform(session.publish(frame)) }
            // More would overflow the queue.
            if session.queue.hasBacklog, session.queue.bytes > 16_384 { pump() }
        }
        pump()
    }

    final override func complete(_ answer: StoreAnswer) {
        perform(session.complete(answer, at: shard.now))
        pump()
    }

    final override func refused(_ error: CommandError, requestID: String) {
        session.refused(error, requestID: requestID)
        pump()
    }

    final override func gapExpired() {
        perform(session.gapExpired(at: shard.now))
        pump()
    }

    final override func headIs(_ head: Seq) { perform(session.headIs(head)) }

    final override func refreshed(_ result: Result<Claims, AuthError>, requestID: String) {
        session.refreshed(result, requestID: requestID, at: shard.now, time: hub.clock())
        closeIfRevoked(by: gateway.verifier)
        guard !isEnding else { return }
        shard.setTimer(self, at: session.deadline)
        pump()
    }

    final override func timeIsUp(at now: Tick) -> Tick? {
        guard isOpen, !isEnding else { return nil }
        while true {
            let action = session.advance(to: now)
            perform(action)
            if action == .none || isEnding { break }
        }
        guard !isEnding else { return nil }
        pump()
        let isStalled = isStalled(at: now)
        return isEnding ? nil : isStalled ? now + 1 : session.deadline
    }

    // MARK: Actions

    final func perform(_ action: SessionAction) {
        switch action {
        case .none: break
        case .read(let read): hub.read(read, for: self, on: shard)
        case .submit(let kind, let requestID):
            hub.store.submit(
                InboxCommand(user: user, kind: kind, origin: CommandOrigin(session: id, requestID: requestID)))
        case .verify(let token, let requestID): verify(token, requestID: requestID)
        case .typing(let topic, let isTyping, let requestID):
            let reader = Reader(session: SessionReference(self), shard: shard)
            hub.typing.say(
                TypingNotes.Key(topic: topic, user: user), isTyping, for: reader, requestID: requestID, hub: hub)
        case .awaitGap: awaitGap()
        case .ping: pass(OutputFrame(bytes: session.wire.ping), flushing: true)
        case .close(let code, let reason): close(code, reason: reason, reconnectAfter: nil)
        }
    }

    private func verify(_ token: String, requestID: String) {
        let verifier = gateway.verifier
        let reference = SessionReference(self)
        let shard = shard
        Task {
            let result: Result<Claims, AuthError>
            do throws(AuthError) {
                result = .success(try await verifier.verify(token))
            } catch {
                result = .failure(error)
            }
            shard.loop.execute { shard.session(reference)?.refreshed(result, requestID: requestID) }
        }
    }

    private func awaitGap() {
        let reference = SessionReference(self)
        let shard = shard
        shard.loop.schedule(after: hub.settings.gapWait) { shard.session(reference)?.gapExpired() }
    }

    // MARK: Output

    /// The usual case of a fan-out: a session that has sent everything gets one change, past the queue.
    ///
    /// - Returns: false where the frame has to go through the queue; nothing has been done then.
    private func sendAtOnce(_ frame: SharedFrame) -> Bool {
        guard !isEnding, !isPumping, unsent == nil, isWritable, let bytes = session.passOn(frame) else { return false }
        send(bytes)
        if let id = frame.awaitsDelivery { hub.deliveries.add([id], of: user, hub: hub) }
        shard.left(frame)
        if !isEnding, !isWritable { shard.setTimer(self, at: shard.now + 1) }
        return true
    }

    /// Hands out frames while the connection takes them, with one flush.
    final func pump() {
        guard isOpen, !isEnding, !isPumping else { return }
        isPumping = true
        // A flush may make room for more, or end the connection.
        while !isEnding, handOut() { flush() }
        isPumping = false
        guard !isEnding else { return }
        if session.isDueAtNextTick || !isWritable { shard.setTimer(self, at: shard.now + 1) }
        countEvents()
        if session.canReceive {
            if partial?.isHeldUp == true { resumeInput() }
            if isOpen { readOn() }
        }
    }

    /// - Returns: whether there is something to flush.
    private func handOut() -> Bool {
        var hasWritten = false
        while !session.isAtRest, isWritable {
            if let frame = session.next() {
                pass(frame, flushing: false)
                hasWritten = true
                continue
            }
            let action = session.drained(at: shard.now)
            if action == .none { break }
            perform(action)
        }
        return hasWritten && isOpen
    }

    private func pass(_ frame: OutputFrame, flushing: Bool) {
        guard isOpen else { return }
        if let unsent { unsent.handed &+= UInt32(truncatingIfNeeded: frame.bytes.readableBytes) }
        put(frame.bytes)
        if flushing { flush() }
        if !frame.delivers.isEmpty { hub.deliveries.add(frame.delivers, of: user, hub: hub) }
        if let id = frame.change?.awaitsDelivery { hub.deliveries.add([id], of: user, hub: hub) }
        shard.left(frame)
    }

    private func countEvents() {
        let events = session.takeEvents()
        if !events.isEmpty { hub.metrics.count(events) }
    }

    /// Whether bytes wait for the kernel; closes the session once it has taken none of them for too long.
    private func isStalled(at now: Tick) -> Bool {
        let held = isOpen ? heldBytes : 0
        guard held > 0 else {
            unsent = nil
            return false
        }
        let unsent = self.unsent ?? UnsentOutput()
        self.unsent = unsent
        if unsent.isStalled(holding: held, at: now, limit: session.rules.write) {
            hub.logger.debug("Failed to send notification", metadata: ["user": "\(user)", "reason": "not reading"])
            close(.notReading, reason: "the client does not read", reconnectAfter: nil)
        }
        return true
    }
}

extension Wire {
    /// What asks the client for a sign of life, or shows that the server lives.
    fileprivate var ping: WireBytes { self == .eventStream ? AnswerFrames.heartbeat : AnswerFrames.ping }

    fileprivate func closing(_ code: CloseCode, reason: String, reconnectAfter: Duration?) -> WireBytes {
        self == .eventStream
            ? AnswerFrames.closeEvent(code, reconnectAfter: reconnectAfter)
            : AnswerFrames.closeFrame(code, reason: reason, reconnectAfter: reconnectAfter)
    }
}
