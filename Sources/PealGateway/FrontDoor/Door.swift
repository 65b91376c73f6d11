import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import PealAuth
import PealCore

/// The first handler of every connection: looks at the head of its request, and either takes the connection over in place
/// or hands it to HTTP with every byte that came (RULES 28–30).
final class Door: LoopMember, ChannelDuplexHandler, RemovableChannelHandler, LongPollConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// The head has not come yet. → checking, polling, ending, gone
        case collecting
        /// The token is being checked; nothing is read. → collecting, polling, ending, gone
        case checking
        /// A long poll waits. → collecting, ending
        case polling(LongPoll)
        /// The last answer has been written. → gone
        case ending
        /// Another handler has the connection, or it is closed.
        case gone
    }

    private let gateway: Gateway
    private let http: HTTP1Channel
    /// Whether it stands behind a TLS handler.
    private let isSecure: Bool
    private let logger: Logger
    private let shard: LoopShard
    /// Came when the server was full.
    private let isSurplus: Bool
    private var state = State.collecting
    private var bytes = ByteBuffer()
    private var searched = 0
    private let whenHTTP: HTTPSink
    private var context: ChannelHandlerContext?
    private var isReadOwed = false
    private var keepsConnection = true
    private var hasAnswered = false
    private var stall = WriteStall()
    /// When the next head must be complete.
    private var headDeadline = Tick.max

    init(
        gateway: Gateway, http: HTTP1Channel, shard: LoopShard, isSecure: Bool, whenHTTP: @escaping HTTPSink,
        logger: Logger, isSurplus: Bool = false
    ) {
        self.gateway = gateway
        self.isSecure = isSecure
        self.http = http
        self.shard = shard
        self.whenHTTP = whenHTTP
        self.logger = logger
        self.isSurplus = isSurplus
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let timeout = gateway.settings.headTimeout
        let patience = gateway.hub.rules.ticks(isSurplus ? min(timeout, gateway.settings.surplusPatience) : timeout) + 1
        shard.add(self, after: patience)
        headDeadline = shard.now.later(by: patience)
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

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .gone: context.fireChannelRead(data)
        case .ending: break
        case .collecting, .checking, .polling:
            // Copied, so that the channel's receive buffer is free again.
            bytes.writeImmutableBuffer(unwrapInboundIn(data))
            // The end of a connection brings in all that the kernel holds.
            guard bytes.readableBytes <= 4 * HeadParser.byteLimit else { return context.close(promise: nil) }
            if case .collecting = state { process() }
        }
    }

    func read(context: ChannelHandlerContext) {
        switch state {
        case .checking: isReadOwed = true
        case .polling where bytes.readableBytes > HeadParser.byteLimit: isReadOwed = true
        case .collecting where !context.channel.isWritable: isReadOwed = true
        default: context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Later, because it comes in the middle of a write.
        context.eventLoop.assumeIsolated().execute { self.resume() }
        context.fireChannelWritabilityChanged()
    }

    /// The client has read enough answers for its next request to be looked at.
    private func resume() {
        guard case .collecting = state, let context, context.channel.isWritable else { return }
        waitForHead()
        process()
        readIfOwed()
    }

    private func waitForHead() {
        headDeadline = shard.now.later(by: gateway.hub.rules.ticks(gateway.settings.idleTimeout) + 1)
        let isWritable = context?.channel.isWritable ?? false
        shard.setTimer(self, at: isWritable ? headDeadline : shard.now + 1)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (_, .gone): context.fireUserInboundEventTriggered(event)
        case (ChannelEvent.inputClosed, _): context.close(promise: nil)
        case (is ChannelShouldQuiesceEvent, .collecting): context.close(promise: nil)
        case (is ChannelShouldQuiesceEvent, .checking):
            refuse(.draining(gateway.hub.makeReconnectDelay()), path: "")
        case (is ChannelShouldQuiesceEvent, .polling(let poll)):
            poll.close(.goingAway, reason: "", reconnectAfter: gateway.hub.makeReconnectDelay())
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    override func timeIsUp(at now: Tick) -> Tick? {
        switch state {
        case .collecting:
            guard let context else { return nil }
            let isWritable = context.channel.isWritable
            let isOver =
                isWritable
                ? now >= headDeadline : stall.isOver(context.channel, at: now, limit: gateway.hub.rules.write)
            guard isOver else { return isWritable ? headDeadline : now + 1 }
            gateway.hub.metrics.timedOut(isWritable ? (hasAnswered ? .idle : .head) : .write)
            context.close(promise: nil)
        case .ending, .checking, .polling, .gone: break
        }
        return nil
    }

    // MARK: Requests

    private func process() {
        // A client that does not read its answers gets no more of them.
        guard let context, context.channel.isWritable else { return }
        let (end, head) = bytes.withUnsafeReadableBytes { bytes -> (Int?, RequestHead?) in
            guard let first = bytes.first else { return (nil, nil) }
            // What does not begin like a request is for the HTTP parser to refuse.
            guard (0x41...0x5A).contains(first) else { return (bytes.count, nil) }
            guard let end = HeadParser.end(of: bytes, from: searched) else { return (nil, nil) }
            return (end, HeadParser.parse(UnsafeRawBufferPointer(rebasing: bytes[..<end])))
        }
        guard let end else {
            searched = bytes.readableBytes
            if searched > HeadParser.byteLimit { answer(.headTooLarge) }
            return
        }
        searched = 0
        if isSurplus, head?.isHealthCheck != true { return refuse(.surplusConnection, path: head?.path ?? "") }
        guard let head else { return handToHTTP() }
        switch gateway.admit(head, from: context.channel.remoteAddress) {
        case .ordinary: handToHTTP()
        case .answer(let refusal):
            bytes.moveReaderIndex(forwardBy: end)
            refuse(refusal, path: head.path)
        case .gateway(let request):
            bytes.moveReaderIndex(forwardBy: end)
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
        guard !gateway.hub.isDraining else {
            return refuse(.draining(gateway.hub.makeReconnectDelay()), path: "")
        }
        if case .longPoll(let wait) = request.kind {
            let poll = LongPoll(request, claims, hub: gateway.hub, shard: shard, connection: self)
            guard gateway.hub.admissions.enter(poll.id, from: request.address) else {
                return refuse(.tooManyFromAddress, path: "")
            }
            state = .polling(poll)
            poll.begin(since: request.since, wait: wait)
            poll.closeIfRevoked(by: gateway.verifier)
            return readIfOwed()
        }
        guard let takeover = Takeover(request, claims, gateway: gateway, id: shard.makeID()) else {
            return context.close(promise: nil)
        }
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
        let stream = StreamHandler(takeover.session(on: shard), gateway: gateway, shard: shard)
        guard (try? context.pipeline.syncOperations.addHandler(stream, position: .after(self))) != nil else {
            gateway.hub.admissions.leave(takeover.id)
            return context.close(promise: nil)
        }
        let rest = bytes
        stepAside()
        takeover.begin(stream, with: rest)
        stream.wantRead()
    }

    private func handToReactor(_ reactor: Reactor, _ socket: DuplicateSocket, _ takeover: Takeover) {
        let rest = bytes
        // Only this descriptor: shutting the connection down would reach the other one too.
        context?.close(promise: nil)
        reactor.adopt(socket, takeover, bytes: rest, from: shard)
    }

    /// Leaves the pipeline to the handlers behind.
    private func stepAside() {
        guard let context else { return }
        leave()
        bytes = ByteBuffer()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func handToHTTP() {
        guard let context else { return }
        SocketOptions.forHTTP(context.channel)
        do {
            whenHTTP(
                try HTTPStack.install(
                    on: context.channel, gateway: gateway, http: http, shard: shard, isSecure: isSecure,
                    isSurplus: isSurplus, logger: logger))
        } catch {
            return context.close(promise: nil)
        }
        state = .gone
        context.fireChannelRead(wrapInboundOut(bytes))
        context.fireChannelReadComplete()
        readIfOwed()
        stepAside()
    }

    // MARK: Answers

    func longPollEnded(_ answer: HTTPAnswer) {
        var answer = answer
        if !keepsConnection { answer.closesConnection = true }
        self.answer(answer)
    }

    private func answer(_ answer: HTTPAnswer) {
        guard let context else { return }
        hasAnswered = true
        guard answer.closesConnection else {
            context.writeAndFlush(wrapOutboundOut(answer.bytes), promise: nil)
            state = .collecting
            bytes.discardReadBytes()
            if bytes.readableBytes == 0 { bytes = ByteBuffer() }
            waitForHead()
            process()
            return readIfOwed()
        }
        state = .ending
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(gateway.settings.closePatience)) { [weak self] in
            self?.context?.close(promise: nil)
        }
        // Shutting the sending half and reading on lets the answer arrive where more was on its way (RULES 32).
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [weak self] in
            self?.context?.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(answer.bytes), promise: written)
        readIfOwed()
    }

    private func readIfOwed() {
        guard isReadOwed else { return }
        isReadOwed = false
        context?.read()
    }
}
