import NIOCore
import NIOHTTP1
import PealAuth
import PealCore

/// Ends Hummingbird's task for a connection that the gateway took over.
struct ConnectionTakenOver: Error {}

/// On an HTTP connection: recognises gateway requests among those that follow (the normal case behind a proxy that keeps
/// connections), and closes the connection when it is idle or the server shuts down.
final class Gate: LoopMember, ChannelDuplexHandler, RemovableChannelHandler, LongPollConnection {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Requests go to Hummingbird. → collecting, ending
        case passing
        /// A gateway request has begun. → waiting
        case collecting(RequestHead)
        /// It is complete; earlier answers have not all been written. → checking, polling, passing, ending, gone
        case waiting(RequestHead)
        /// Its token is being checked. → polling, passing, ending, gone
        case checking
        /// → passing, ending
        case polling(LongPoll)
        /// The last answer has been written. → gone
        case ending
        case gone
    }

    /// Parts of pipelined requests that wait behind a gateway request; more and the connection is closed.
    private static let heldLimit = 256

    private let gateway: Gateway
    private let shard: LoopShard
    private let isSecure: Bool
    private let decoder: RequestDecoder
    private var state = State.passing
    private var context: ChannelHandlerContext?
    private var held: [HTTPServerRequestPart] = []
    private var outstanding = 0
    private var isReceiving = false
    private var owesContinue = false
    /// Whether the latest request might take the connection to another protocol.
    private var asksForUpgrade = false
    private var closesWhenIdle = false
    private var keepsConnection = true
    private var isReadOwed = false
    private var lastActive: Tick
    private var stall = WriteStall()
    /// When the body that is being received must be complete.
    private var bodyDeadline = Tick.max
    /// When the connection is closed whatever it is doing.
    private var lastDeadline = Tick.max

    init(gateway: Gateway, shard: LoopShard, isSecure: Bool, decoder: RequestDecoder) {
        self.isSecure = isSecure
        self.decoder = decoder
        self.gateway = gateway
        self.shard = shard
        lastActive = shard.now
    }

    private var idleTicks: Tick { gateway.hub.rules.ticks(gateway.settings.idleTimeout) }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        shard.add(self, after: idleTicks)
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        if case .polling(let poll) = state { poll.cancel() }
        state = .gone
        held = []
        shard.remove(self)
        context = nil
    }

    override func timeIsUp(at now: Tick) -> Tick? {
        guard let context else { return nil }
        let isOver =
            now >= min(bodyDeadline, lastDeadline) || isIdle && now >= lastActive.later(by: idleTicks)
            || stall.isOver(context.channel, at: now, limit: gateway.hub.rules.write)
        guard isOver else { return nextCheck(after: now) }
        let reason: GatewayMetrics.Timeout =
            now >= lastDeadline ? .patience : now >= bodyDeadline ? .body : context.channel.isWritable ? .idle : .write
        gateway.hub.metrics.timedOut(reason)
        context.close(promise: nil)
        return nil
    }

    private var isIdle: Bool {
        guard case .passing = state else { return false }
        return outstanding == 0 || isReceiving
    }

    private func nextCheck(after now: Tick) -> Tick {
        guard let context, context.channel.isWritable else { return now + 1 }
        return min((isIdle ? lastActive : now).later(by: idleTicks), bodyDeadline, lastDeadline)
    }

    private func setTimer() { shard.setTimer(self, at: nextCheck(after: shard.now)) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Later, because it comes in the middle of a write.
        context.eventLoop.assumeIsolated().execute { self.resume() }
        context.fireChannelWritabilityChanged()
    }

    /// The client has read enough answers for its next request to be looked at, or has stopped reading.
    private func resume() {
        guard let context else { return }
        setTimer()
        guard context.channel.isWritable else { return }
        admit()
        readIfOwed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (ChannelEvent.inputClosed, .checking), (ChannelEvent.inputClosed, .polling),
            (ChannelEvent.inputClosed, .ending):
            context.close(promise: nil)
        case (is ChannelShouldQuiesceEvent, .polling(let poll)):
            poll.close(.goingAway, reason: "", reconnectAfter: gateway.hub.makeReconnectDelay())
        case (is ChannelShouldQuiesceEvent, .passing) where outstanding == 0:
            context.close(promise: nil)
        case (is ChannelShouldQuiesceEvent, _):
            closesWhenIdle = true
            lastDeadline = min(
                lastDeadline, shard.now.later(by: gateway.hub.rules.ticks(gateway.settings.requestPatience)))
            setTimer()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActive = shard.now
        take(unwrapInboundIn(data), context)
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.passing, .head(let head)):
            bodyDeadline = shard.now.later(by: gateway.hub.rules.ticks(gateway.settings.bodyTimeout) + 1)
            setTimer()
            asksForUpgrade = RequestDecoder.stops(behind: head)
            if let request = gateway.doorkeeper.gatewayHead(head) {
                state = .collecting(request)
            } else {
                outstanding += 1
                isReceiving = true
                // RFC 9110 §10.1.1; nobody behind this handler answers it.
                owesContinue =
                    head.version == .http1_1
                    && head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
                sendContinue(context)
                context.fireChannelRead(wrapInboundOut(part))
            }
        case (.passing, _):
            if case .end = part {
                isReceiving = false
                owesContinue = false
                bodyDeadline = .max
                if asksForUpgrade { decoder.staysHTTP = true }
                asksForUpgrade = false
            }
            context.fireChannelRead(wrapInboundOut(part))
        case (.collecting(let head), .end):
            state = .waiting(head)
            bodyDeadline = .max
            admit()
        case (.collecting, _), (.ending, _), (.gone, _): break
        case (.waiting, _), (.checking, _), (.polling, _):
            held.append(part)
            if held.count > Self.heldLimit { context.close(promise: nil) }
        }
    }

    /// Lets the client send the body, once all earlier answers have been written.
    private func sendContinue(_ context: ChannelHandlerContext) {
        guard owesContinue, outstanding == 1 else { return }
        owesContinue = false
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        switch state {
        case .waiting, .checking: isReadOwed = true
        case .polling where !held.isEmpty: isReadOwed = true
        case .passing where !context.channel.isWritable: isReadOwed = true
        default: context.read()
        }
    }

    private func admit() {
        guard case .waiting(let head) = state, outstanding == 0, let context, context.channel.isWritable else { return }
        switch gateway.admit(head, from: context.channel.remoteAddress) {
        case .ordinary: context.close(promise: nil)
        case .answer(let refusal):
            refuse(refusal, path: head.path)
        case .gateway(let request):
            check(request, path: String(head.path))
        }
    }

    private func refuse(_ refusal: HTTPAnswer, path: some StringProtocol) {
        gateway.refused(refusal, path: path)
        answer(refusal)
    }

    private func check(_ request: GatewayRequest, path: String) {
        guard let context else { return }
        state = .checking
        keepsConnection = request.keepsConnection
        TokenCheck.run(request.credential, gateway: gateway, on: context.eventLoop) { result in
            guard case .checking = self.state else { return }
            switch result {
            case .success(let claims): self.open(request, claims)
            case .failure(let error):
                var refusal = HTTPAnswer.refused(error)
                refusal.fields += request.corsFields
                let answer = refusal.asRefusal(of: request, self.gateway.settings.authRefusal)
                self.refuse(answer.stayingOpen(request.keepsConnection), path: path)
            }
        }
    }

    private func open(_ request: GatewayRequest, _ claims: Claims) {
        guard let context else { return }
        guard !closesWhenIdle, !gateway.hub.isDraining else {
            return answer(.draining(gateway.hub.makeReconnectDelay()))
        }
        if case .longPoll(let wait) = request.kind {
            let poll = LongPoll(request, claims, hub: gateway.hub, shard: shard, connection: self)
            guard gateway.hub.admissions.enter(poll.id, from: request.address) else {
                return refuse(.tooManyFromAddress, path: "")
            }
            state = .polling(poll)
            stayHTTP(context)
            poll.begin(since: request.since, wait: wait)
            poll.closeIfRevoked(by: gateway.verifier)
            return readIfOwed()
        }
        guard let takeover = Takeover(request, claims, gateway: gateway, id: shard.makeID()) else { return }
        guard gateway.hub.admissions.enter(takeover.id, from: request.address) else {
            return refuse(.tooManyFromAddress, path: "")
        }
        if let reactor = gateway.hub.reactor, !isSecure {
            switch reactor.duplicate(context.channel) {
            case .socket(let socket): return handToReactor(reactor, socket, takeover)
            case .noDescriptor:
                gateway.hub.admissions.leave(takeover.id)
                return refuse(.tooManyConnections, path: "")
            case .notPossible: break
            }
        }
        do {
            let channel = context.channel
            let stream = StreamHandler(
                takeover.session(on: shard), gateway: gateway, shard: shard, hasHandlersBehind: true)
            try HTTPStack.replace(with: stream, gate: context)
            // Only Hummingbird's end is behind the new handler now: its task is told to end.
            stream.releaseHandlersBehind()
            takeover.begin(stream, with: nil)
            stream.wantRead()
            SocketOptions.forArrivals(channel)
        } catch {
            gateway.hub.admissions.leave(takeover.id)
            context.close(promise: nil)
        }
    }

    private func handToReactor(_ reactor: Reactor, _ socket: DuplicateSocket, _ takeover: Takeover) {
        guard let context else { return }
        let channel = context.channel
        let handover = Handover(socket, takeover, from: shard, to: reactor)
        let replaced = context.eventLoop.makePromise(of: Void.self)
        do {
            try HTTPStack.replace(with: handover, gate: context, replaced: replaced)
        } catch {
            replaced.fail(error)
            gateway.hub.admissions.leave(takeover.id)
            return context.close(promise: nil)
        }
        replaced.futureResult.assumeIsolated().whenComplete { _ in handover.complete(channel) }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        context.write(wrapOutboundOut(part), promise: promise)
        guard case .end = part else { return }
        lastActive = shard.now
        outstanding = max(0, outstanding - 1)
        sendContinue(context)
        guard outstanding == 0 else { return }
        if closesWhenIdle {
            context.flush()
            context.close(promise: nil)
        } else if case .waiting = state {
            // After the flush that is about to follow.
            context.eventLoop.assumeIsolated().execute { self.admit() }
        } else {
            setTimer()
        }
    }

    func longPollEnded(_ answer: HTTPAnswer) {
        var answer = answer
        if !keepsConnection { answer.closesConnection = true }
        self.answer(answer)
    }

    private func answer(_ answer: HTTPAnswer) {
        guard let context else { return }
        lastActive = shard.now
        var answer = answer
        if closesWhenIdle { answer.closesConnection = true }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if let body = answer.sentBody { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        guard answer.closesConnection else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            return goOn(context)
        }
        state = .ending
        held = []
        lastDeadline = shard.now + 2
        setTimer()
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [weak self] in
            self?.context?.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        readIfOwed()
    }

    /// Requests that came meanwhile take their turn.
    private func goOn(_ context: ChannelHandlerContext) {
        state = .passing
        stayHTTP(context)
        let parts = held
        held = []
        for part in parts { take(part, context) }
        if !parts.isEmpty { context.fireChannelReadComplete() }
        setTimer()
        readIfOwed()
    }

    /// The request that was looked at takes the connection to no other protocol.
    private func stayHTTP(_ context: ChannelHandlerContext) {
        guard asksForUpgrade else { return }
        // Once: the next decoder has not stopped.
        asksForUpgrade = false
        decoder.staysHTTP = true
        // Later, because the decoder may be in the middle of it.
        context.eventLoop.assumeIsolated().execute {
            guard let context = self.context else { return }
            do { try HTTPStack.decodeOn(gate: context) } catch { context.close(promise: nil) }
        }
    }

    private func readIfOwed() {
        guard isReadOwed, let context else { return }
        isReadOwed = false
        read(context: context)
    }
}
