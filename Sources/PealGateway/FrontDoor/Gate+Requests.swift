import NIOCore
import NIOHTTP1
import PealAuth
import PealCore

// Gateway requests, whose turn has come.
extension Gate {
    func admit() {
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
            return refuse(.draining(gateway.hub.makeReconnectDelay()), path: "")
        }
        if case .longPoll(let wait) = request.kind {
            let poll = LongPoll(request, claims, hub: gateway.hub, shard: shard, connection: self)
            guard gateway.hub.admissions.enter(poll.id, from: request.address) else {
                return refuse(.tooManyFromAddress, path: "")
            }
            state = .polling(poll)
            // A poll that waits needs no task of Hummingbird's.
            endLane()
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
            let stream = StreamHandler(takeover.session(on: shard), gateway: gateway, shard: shard)
            try HTTPStack.replace(with: stream, gate: context)
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
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [weak self] in
            self?.context?.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        end(context)
    }

    /// The last answer has been written. Shutting the sending half and reading on lets it arrive where more was on its way
    /// (RULES 32).
    func end(_ context: ChannelHandlerContext) {
        state = .ending
        held = []
        setTimer()
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(gateway.settings.closePatience)) { [weak self] in
            self?.context?.close(promise: nil)
        }
        readIfOwed()
    }

    /// Requests that came meanwhile take their turn.
    private func goOn(_ context: ChannelHandlerContext) {
        state = .passing
        stayHTTP(context)
        let parts = held
        held = []
        for part in parts { take(part, context) }
        if !parts.isEmpty { lane?.pipeline.fireChannelReadComplete() }
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

    func readIfOwed() {
        guard isReadOwed, let context else { return }
        isReadOwed = false
        read(context: context)
    }
}
