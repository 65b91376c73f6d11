import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import PealAuth
import PealCore

/// On an HTTP connection: recognises gateway requests among those that follow (the normal case behind a proxy that keeps
/// connections), gives the others to a ``RequestLane``, and closes the connection when it is idle or the server shuts down.
final class Gate: LoopMember, ChannelDuplexHandler, RemovableChannelHandler, LongPollConnection {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
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

    let gateway: Gateway
    let http: HTTP1Channel
    let shard: LoopShard
    let isSecure: Bool
    let decoder: RequestDecoder
    let logger: Logger
    var state = State.passing
    private(set) var context: ChannelHandlerContext?
    /// Hummingbird's; nil where no ordinary request has come since the last long poll.
    var lane: RequestLane?
    var held: [HTTPServerRequestPart] = []
    /// Requests that Hummingbird has not answered yet.
    private(set) var outstanding = 0
    private var isReceiving = false
    private var owesContinue = false
    /// Whether the latest request might take the connection to another protocol.
    var asksForUpgrade = false
    /// Whether the connection came when the server was full: it gets one answer.
    private let isSurplus: Bool
    /// Whether all requests have come that will be looked at.
    private var ignoresInput = false
    /// Whether the connection ends as soon as all requests that have come are answered.
    private(set) var closesWhenIdle: Bool
    /// Whether an answer under way has told the client that it is the last.
    var hasSaidGoodbye = false
    var keepsConnection = true
    var isReadOwed = false
    var lastActive: Tick
    private var stall = WriteStall()
    /// When the body that is being received must be complete.
    private var bodyDeadline = Tick.max
    /// When the connection is closed whatever it is doing.
    private var lastDeadline = Tick.max

    init(
        gateway: Gateway, http: HTTP1Channel, shard: LoopShard, isSecure: Bool, isSurplus: Bool,
        decoder: RequestDecoder,
        logger: Logger
    ) {
        self.isSecure = isSecure
        self.decoder = decoder
        self.gateway = gateway
        self.http = http
        self.shard = shard
        self.logger = logger
        self.isSurplus = isSurplus
        closesWhenIdle = isSurplus
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
        endLane()
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

    func setTimer() { shard.setTimer(self, at: nextCheck(after: shard.now)) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Later, because it comes in the middle of a write.
        context.eventLoop.assumeIsolated().execute { self.resume() }
        lane?.pipeline.fireChannelWritabilityChanged()
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
            if let lane {
                lane.pipeline.syncOperations.fireUserInboundEventTriggered(event)
            } else if case ChannelEvent.inputClosed = event {
                context.close(promise: nil)
            }
        }
    }

    /// Hummingbird answers what cannot be parsed.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .passing where error is HTTPParserError: laneForNext(context)?.pipeline.fireErrorCaught(error)
        case .passing, .collecting, .waiting:
            guard let lane else { return context.close(promise: nil) }
            lane.pipeline.fireErrorCaught(error)
        case .checking, .polling: context.close(promise: nil)
        case .ending, .gone: break
        }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActive = shard.now
        take(unwrapInboundIn(data), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lane?.pipeline.fireChannelReadComplete()
    }

    func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard !ignoresInput else { return }
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
                laneForNext(context)?.fire(part)
            }
        case (.passing, _):
            if case .end = part {
                isReceiving = false
                owesContinue = false
                bodyDeadline = .max
                if asksForUpgrade { decoder.staysHTTP = true }
                asksForUpgrade = false
                ignoresInput = isSurplus
            }
            lane?.fire(part)
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
        guard !holdsReads(context) else {
            isReadOwed = true
            return
        }
        if case .passing = state, let lane {
            // Comes back by way of ``laneReads()``, unless Hummingbird has enough.
            lane.pipeline.read()
        } else {
            context.read()
        }
    }

    /// Whether nothing is to be read now.
    func holdsReads(_ context: ChannelHandlerContext) -> Bool {
        switch state {
        case .waiting, .checking: true
        case .polling: !held.isEmpty
        case .passing: !context.channel.isWritable
        case .collecting, .ending, .gone: false
        }
    }

    /// Hummingbird has answered a request.
    func hasAnswered(_ context: ChannelHandlerContext) {
        lastActive = shard.now
        outstanding = max(0, outstanding - 1)
        sendContinue(context)
        guard outstanding == 0 || hasSaidGoodbye else { return }
        if closesWhenIdle {
            context.flush()
            context.close(mode: .output, promise: nil)
            end(context)
        } else if case .waiting = state {
            // After the flush that is about to follow.
            context.eventLoop.assumeIsolated().execute { self.admit() }
        } else {
            setTimer()
        }
    }
}
