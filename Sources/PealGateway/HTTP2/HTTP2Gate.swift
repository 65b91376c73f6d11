import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import PealAuth
import PealCore

/// The first handler of every HTTP/2 stream: answers gateway requests, and hands the others to Hummingbird.
final class HTTP2Gate: LoopMember, ChannelDuplexHandler, RemovableChannelHandler, LongPollConnection {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// The head has not come yet. → passing, collecting, gone
        case fresh
        /// Hummingbird has the stream. → gone
        case passing
        /// A gateway request has begun. → checking, ending, gone
        case collecting(RequestHead)
        /// Its token is being checked. → polling, ending, gone
        case checking
        /// → ending, gone
        case polling(LongPoll)
        /// The answer has been written. → gone
        case ending
        /// The stream is closed, or an event stream has it.
        case gone
    }

    private let gateway: Gateway
    private let http: HTTP1Channel
    private let shard: LoopShard
    private let logger: Logger
    private var state = State.fresh
    private var context: ChannelHandlerContext?
    /// When the request must be complete, or the answer gone.
    private var deadline = Tick.max
    private var fullSince: Tick?

    init(gateway: Gateway, http: HTTP1Channel, shard: LoopShard, logger: Logger) {
        self.gateway = gateway
        self.http = http
        self.shard = shard
        self.logger = logger
    }

    private var patience: Tick { gateway.hub.rules.ticks(gateway.settings.bodyTimeout) + 1 }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        shard.add(self, after: patience)
        deadline = shard.now.later(by: patience)
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        if case .polling(let poll) = state { poll.cancel() }
        state = .gone
        shard.remove(self)
        context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .passing = state { context.fireErrorCaught(error) }
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (is ChannelShouldQuiesceEvent, .polling(let poll)):
            poll.close(.goingAway, reason: "", reconnectAfter: gateway.hub.makeReconnectDelay())
        // Requests that are being answered are let finish; the connection knows how long.
        case (is ChannelShouldQuiesceEvent, _): break
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable { shard.setTimer(self, at: shard.now + 1) }
        context.fireChannelWritabilityChanged()
    }

    /// A request that does not end, or an answer that is not taken: the client opened a window and went away.
    override func timeIsUp(at now: Tick) -> Tick? {
        guard let context else { return nil }
        if context.channel.isWritable {
            fullSince = nil
        } else if fullSince == nil {
            fullSince = now
        }
        guard now < deadline, fullSince.map({ now - $0 < patience }) ?? true else {
            gateway.hub.metrics.timedOut(fullSince == nil ? .body : .write)
            context.close(promise: nil)
            return nil
        }
        return fullSince == nil ? deadline : now + 1
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (state, part) {
        case (.fresh, .head(let head)):
            if let request = gateway.doorkeeper.gatewayHead(head) {
                state = .collecting(request)
            } else {
                pass(part, context)
            }
        case (.passing, _):
            if case .end = part { deadline = .max }
            context.fireChannelRead(data)
        case (.collecting(let head), .end):
            deadline = .max
            admit(head)
        default: break
        }
    }

    private func pass(_ head: HTTPRequestPart, _ context: ChannelHandlerContext) {
        state = .passing
        do {
            let value = try HTTP1Channel.Value(wrappingChannelSynchronously: context.channel)
            Task { [http, logger] in await http.handle(value: value, logger: logger) }
        } catch {
            return context.close(promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(head))
    }

    private func admit(_ head: RequestHead) {
        guard let context else { return }
        switch gateway.admit(head, from: context.channel.remoteAddress) {
        case .ordinary: context.close(promise: nil)
        case .answer(let refusal): refuse(refusal, path: head.path)
        case .gateway(let request): check(request, path: String(head.path))
        }
    }

    private func refuse(_ refusal: HTTPAnswer, path: some StringProtocol) {
        gateway.refused(refusal, path: path)
        answer(refusal)
    }

    private func check(_ request: GatewayRequest, path: String) {
        state = .checking
        guard let context else { return }
        TokenCheck.run(request.credential, gateway: gateway, on: context.eventLoop) { result in
            guard case .checking = self.state else { return }
            switch result {
            case .success(let claims): self.open(request, claims)
            case .failure(let error):
                var refusal = HTTPAnswer.refused(error)
                refusal.fields += request.corsFields
                self.refuse(refusal, path: path)
            }
        }
    }

    private func open(_ request: GatewayRequest, _ claims: Claims) {
        guard let context else { return }
        guard !gateway.hub.isDraining else {
            return refuse(.draining(gateway.hub.makeReconnectDelay()), path: "")
        }
        switch request.kind {
        case .longPoll(let wait):
            let poll = LongPoll(request, claims, hub: gateway.hub, shard: shard, connection: self)
            guard gateway.hub.admissions.enter(poll.id, from: request.address) else {
                return refuse(.tooManyFromAddress, path: "")
            }
            state = .polling(poll)
            poll.begin(since: request.since, wait: wait)
            poll.closeIfRevoked(by: gateway.verifier)
        case .eventStream: stream(request, claims, context)
        // Its upgrade is a thing of HTTP/1.1, which browsers know; the doorkeeper has refused it.
        case .webSocket: answer(.upgradeRequired)
        }
    }

    private func stream(_ request: GatewayRequest, _ claims: Claims, _ context: ChannelHandlerContext) {
        let id = shard.makeID()
        guard let takeover = Takeover(request, claims, gateway: gateway, id: id, isHTTP2: true) else { return }
        guard gateway.hub.admissions.enter(id, from: request.address) else {
            return refuse(.tooManyFromAddress, path: "")
        }
        let stream = HTTP2EventStream(takeover.session(on: shard), gateway: gateway, shard: shard)
        let pipeline = context.pipeline.syncOperations
        guard (try? pipeline.addHandler(stream, position: .after(self))) != nil else {
            gateway.hub.admissions.leave(id)
            return context.close(promise: nil)
        }
        let head = HTTPAnswer(
            status: .ok, fields: Takeover.eventStreamFields(cors: request.corsFields), closesConnection: false)
        context.write(wrapOutboundOut(.head(head.responseHead)), promise: nil)
        leave()
        pipeline.removeHandler(context: context, promise: nil)
        takeover.begin(stream, with: nil)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        for name in HTTPAnswer.connectionFields { head.headerFields[name] = nil }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    func longPollEnded(_ answer: HTTPAnswer) { self.answer(answer) }

    private func answer(_ answer: HTTPAnswer) {
        guard let context else { return }
        state = .ending
        context.write(wrapOutboundOut(.head(answer.response)), promise: nil)
        if let body = answer.sentBody { context.write(wrapOutboundOut(.body(body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        deadline = shard.now.later(by: patience)
        shard.setTimer(self, at: deadline)
    }
}
