import DequeModule
import NIOCore

/// The connection's end in the channel: writes commands, reads values, and keeps watch over a silent server.
final class RedisHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Request
    typealias OutboundOut = ByteBuffer

    struct Request: Sendable {
        let command: RESPCommand
        let promise: EventLoopPromise<RESPValue>
        /// Values that answer it: one, but one for each name of a subscription.
        let confirmations: Int

        init(command: RESPCommand, promise: EventLoopPromise<RESPValue>) {
            self.command = command
            self.promise = promise
            confirmations = command.confirmations
        }
    }

    private struct Waiting {
        let promise: EventLoopPromise<RESPValue>
        var left: Int
    }

    private let patience: TimeAmount
    private let receive: @Sendable (RedisMessage) -> Void
    private var parser = RESPParser()
    private var dialogue = RedisDialogue()
    private var waiting: Deque<Waiting> = []
    private var isFlushDue = false
    private var watch: Scheduled<Void>?
    private var hasHeard = false
    /// Whether something was unanswered already when it was looked last.
    private var wasWaiting = false
    private var failure = RedisConnection.Failure.closed

    init(patience: TimeAmount, receive: @escaping @Sendable (RedisMessage) -> Void) {
        self.patience = patience
        self.receive = receive
    }

    func handlerAdded(context: ChannelHandlerContext) { keepWatch(context) }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
        failAll()
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        guard context.channel.isActive else {
            promise?.fail(failure)
            return request.promise.fail(failure)
        }
        waiting.append(Waiting(promise: request.promise, left: request.confirmations))
        context.write(wrapOutboundOut(ByteBuffer(bytes: request.command.bytes)), promise: promise)
        guard !isFlushDue else { return }
        isFlushDue = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.isFlushDue = false
            context.flush()
        }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasHeard = true
        parser.append(unwrapInboundIn(data).readableBytesView)
        do throws(RESPError) {
            while let value = try parser.next() { take(value) }
        } catch {
            end(.violation(error), context)
        }
    }

    private func take(_ value: RESPValue) {
        switch dialogue.meaning(of: value) {
        case .message(let message): receive(message)
        case .nothing: break
        case .answer(let value): waiting.popFirst()?.promise.succeed(value)
        case .confirmation:
            guard var first = waiting.popFirst() else { return }
            first.left -= 1
            if first.left <= 0 { first.promise.succeed(.null) } else { waiting.prepend(first) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch?.cancel()
        failAll()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failed("\(error)"), context)
    }

    // MARK: Watch

    /// A server that said nothing for a while is asked; one that does not answer then is given up.
    private func keepWatch(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleTask(in: patience) {
            let (handler, context) = bound.value
            handler.look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        if hasHeard || !context.channel.isActive {
            (hasHeard, wasWaiting) = (false, false)
        } else if waiting.isEmpty {
            wasWaiting = true
            let promise = context.eventLoop.makePromise(of: RESPValue.self)
            context.channel.write(Request(command: RESPCommand("PING"), promise: promise), promise: nil)
        } else if wasWaiting {
            return end(.timeout, context)
        } else {
            // Perhaps it was sent only now.
            wasWaiting = true
        }
        keepWatch(context)
    }

    private func end(_ failure: RedisConnection.Failure, _ context: ChannelHandlerContext) {
        self.failure = failure
        failAll()
        context.close(promise: nil)
    }

    private func failAll() {
        let ended = waiting
        waiting = []
        for one in ended { one.promise.fail(failure) }
    }
}
