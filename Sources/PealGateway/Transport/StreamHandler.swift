import CoreMetrics
import Logging
import NIOCore
import NIOHTTP1
import PealAuth
import PealCore

/// A session on a SwiftNIO channel: carries out what the machine asks for. What differs between a WebSocket and an event
/// stream is overridden.
///
/// It is the only handler of its connection, except after a takeover of a kept-alive connection: then what is left behind
/// it (Hummingbird's end of the channel, which cannot be removed) hears and says nothing any more.
class StreamHandler: SessionNode, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    final var session: Session
    final let gateway: Gateway
    final unowned let shard: LoopShard
    final private(set) var context: ChannelHandlerContext?
    private let hasHandlersBehind: Bool
    private var swallowsClose: Bool
    private var isPumping = false
    private var isReadOwed = false
    final private(set) var isEnding = false
    private var endingBytes: UInt32 = 0
    /// Handed to the channel so far, modulo 2³²: with what it still holds this shows whether the kernel takes anything.
    private var handed: UInt32 = 0
    private var taken: UInt32 = 0
    private var stalledSince: Tick = 0

    init(_ session: Session, gateway: Gateway, shard: LoopShard, hasHandlersBehind: Bool) {
        self.session = session
        self.gateway = gateway
        self.shard = shard
        self.hasHandlersBehind = hasHandlersBehind
        swallowsClose = hasHandlersBehind
        super.init(id: session.id, user: session.user)
    }

    final var hub: Hub { gateway.hub }

    // MARK: What differs

    var pingBytes: WireBytes { AnswerFrames.ping }
    func closeBytes(_ code: CloseCode, reason: String, reconnectAfter: Duration?) -> WireBytes { WireBytes() }
    /// Event streams hear nothing; the bytes of a WebSocket are read by its own handler.
    func receive(_ data: NIOAny) {}
    /// The session takes messages again.
    func resume() {}

    // MARK: Begin

    /// Sends the answer to the request, enters the hub, and only then asks for the snapshot (RULES 6).
    final func begin(_ answer: WireBytes, since: Since, limit: Int) {
        guard let context else { return }
        shard.add(self, deadline: session.deadline)
        hub.join(self, on: shard)
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        perform(session.start(since: since, limit: limit))
        wantRead()
    }

    // MARK: Hub

    final override var lastHeard: Tick { session.lastHeard }
    final override var seq: Seq { session.seq }

    final override func publish(_ frame: SharedFrame) { perform(session.publish(frame)) }
    final override func batchEnded() { pump() }

    final override func complete(_ answer: StoreAnswer) {
        perform(session.complete(answer, at: shard.now))
        pump()
    }

    final override func gapExpired() {
        perform(session.gapExpired(at: shard.now))
        pump()
    }

    final override func headIs(_ head: Seq) { perform(session.headIs(head)) }

    final override func refreshed(_ result: Result<Claims, AuthError>, requestID: String) {
        session.refreshed(result, requestID: requestID, at: shard.now, time: hub.clock())
        shard.setTimer(self, at: session.deadline)
        pump()
    }

    final override func timeIsUp(at now: Tick) -> Tick? {
        guard let context else { return nil }
        guard !isEnding else {
            context.close(promise: nil)
            return nil
        }
        while true {
            let action = session.advance(to: now)
            perform(action)
            if action == .none || isEnding { break }
        }
        guard !isEnding else { return now + 2 }
        pump()
        return isStalled(at: now) ? nextDeadline(now + 1) : nextDeadline(session.deadline)
    }

    private func nextDeadline(_ deadline: Tick) -> Tick? { isEnding ? shard.now + 2 : deadline }

    // MARK: Actions

    final func perform(_ action: SessionAction) {
        switch action {
        case .none: break
        case .read(let read): hub.read(read, for: self, on: shard)
        case .submit(let kind, let requestID):
            hub.store.submit(
                InboxCommand(user: user, kind: kind, origin: CommandOrigin(session: id, requestID: requestID)))
        case .verify(let token, let requestID): verify(token, requestID: requestID)
        case .awaitGap: awaitGap()
        case .ping: write(OutputFrame(bytes: pingBytes), flush: true)
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
        shard.loop.scheduleTask(in: TimeAmount(hub.settings.gapWait)) { shard.session(reference)?.gapExpired() }
    }

    // MARK: Output

    /// Hands frames to the channel while it takes them, with one flush.
    final func pump() {
        guard let context, !isEnding, !isPumping else { return }
        isPumping = true
        var hasWritten = false
        while true {
            while context.channel.isWritable {
                if let frame = session.next() {
                    write(frame, flush: false)
                    hasWritten = true
                    continue
                }
                let action = session.drained(at: shard.now)
                if action == .none { break }
                perform(action)
            }
            guard hasWritten else { break }
            hasWritten = false
            context.flush()
            // The flush may have made room, or ended the connection.
            if isEnding || !context.channel.isActive { break }
        }
        isPumping = false
        guard !isEnding else { return }
        if !context.channel.isWritable || session.isDueAtNextTick { shard.setTimer(self, at: shard.now + 1) }
        countEvents()
        if session.canReceive {
            resume()
            readIfOwed()
        }
    }

    private func write(_ frame: OutputFrame, flush: Bool) {
        guard let context else { return }
        handed &+= UInt32(truncatingIfNeeded: frame.bytes.readableBytes)
        let bytes = wrapOutboundOut(frame.bytes)
        if flush { context.writeAndFlush(bytes, promise: nil) } else { context.write(bytes, promise: nil) }
        let metrics = hub.metrics
        metrics.framesOut.increment()
        guard let change = frame.change else { return }
        metrics.commitToSocket.recordNanoseconds(NIODeadline.now().uptimeNanoseconds &- change.receivedAt)
        if change.isNotification { metrics.notificationsSent.increment() }
    }

    private func countEvents() {
        let events = session.takeEvents()
        if !events.isEmpty { hub.metrics.count(events) }
    }

    /// Whether bytes wait in the channel; closes the session once the kernel has taken none of them for too long.
    private func isStalled(at now: Tick) -> Bool {
        guard let context, let options = context.channel.syncOptions,
            let buffered = try? options.getOption(.bufferedWritableBytes), buffered > 0
        else {
            stalledSince = 0
            return false
        }
        let takenNow = handed &- UInt32(truncatingIfNeeded: buffered)
        if stalledSince == 0 || takenNow != taken {
            taken = takenNow
            stalledSince = now
        } else if now - stalledSince >= session.rules.write {
            hub.logger.debug("Failed to send notification", metadata: ["user": "\(user)", "reason": "not reading"])
            close(.notReading, reason: "the client does not read", reconnectAfter: nil)
        }
        return true
    }

    // MARK: Input

    final func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return discard(data) }
        receive(data)
    }

    /// RULES 32: what still comes is read and dropped, or closing would reset the connection and lose the last frame.
    private func discard(_ data: NIOAny) {
        endingBytes &+= 512
        if endingBytes > 65_536 { context?.close(promise: nil) }
    }

    final func channelReadComplete(context: ChannelHandlerContext) {
        // Behind a takeover nobody asks for more.
        if hasHandlersBehind { wantRead() } else { context.fireChannelReadComplete() }
    }

    final func read(context: ChannelHandlerContext) {
        if !hasHandlersBehind { wantRead() }
    }

    private func wantRead() {
        if isEnding || session.canReceive {
            isReadOwed = false
            context?.read()
        } else {
            isReadOwed = true
        }
    }

    private func readIfOwed() {
        guard isReadOwed else { return }
        isReadOwed = false
        context?.read()
    }

    // MARK: End

    final override func close(_ code: CloseCode, reason: String, reconnectAfter: Duration?) {
        end(code, closeBytes(code, reason: reason, reconnectAfter: reconnectAfter))
    }

    /// Sends the last bytes, shuts the sending half, and gives the peer a moment to close its own (RULES 32).
    final func end(_ code: CloseCode, _ bytes: WireBytes) {
        guard !isEnding else { return }
        isEnding = true
        session.end()
        hub.leave(self, on: shard)
        hub.metrics.closed(code)
        guard let context else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [weak self] result in
            guard case .success = result else { return }
            self?.context?.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
        shard.setTimer(self, at: shard.now + 2)
        readIfOwed()
    }

    final func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        SocketOptions.forSessions(context.channel, writeTimeout: hub.settings.writeTimeout)
    }

    final func handlerRemoved(context: ChannelHandlerContext) { gone() }

    final func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    private func gone() {
        hub.leave(self, on: shard)
        shard.remove(self)
        isEnding = true
        session.end()
        context = nil
    }

    final func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pump() }
        if !hasHandlersBehind { context.fireChannelWritabilityChanged() }
    }

    final func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            close(.goingAway, reason: "", reconnectAfter: hub.makeReconnectDelay())
        default:
            if !hasHandlersBehind { context.fireUserInboundEventTriggered(event) }
        }
    }

    final func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isEnding { hub.metrics.failed(.io) }
        context.close(promise: nil)
    }

    // MARK: What is left behind a takeover

    /// Tells it to end: it asks for the connection to be closed, which ``close(context:mode:promise:)`` does not pass on.
    final func releaseHandlersBehind() {
        context?.fireErrorCaught(ConnectionTakenOver())
    }

    final func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard hasHandlersBehind else { return context.write(data, promise: promise) }
        promise?.fail(ChannelError.ioOnClosedChannel)
    }

    final func flush(context: ChannelHandlerContext) {
        if !hasHandlersBehind { context.flush() }
    }

    final func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard hasHandlersBehind, mode != .all || swallowsClose else {
            return context.close(mode: mode, promise: promise)
        }
        if mode == .all { swallowsClose = false }
        promise?.succeed()
    }
}
