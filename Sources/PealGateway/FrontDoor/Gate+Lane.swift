import HummingbirdCore
import NIOCore
import NIOHTTP1
import PealCore

// What Hummingbird does with the connection, through its lane.
extension Gate {
    /// Makes the lane on which Hummingbird is to serve the next requests. There must be none.
    func openLane(on channel: any Channel) throws -> HTTP1Channel.Value {
        let lane = RequestLane(of: channel, behind: self)
        do {
            let value = try lane.value(isSecure: isSecure)
            self.lane = lane
            return value
        } catch {
            lane.end()
            throw error
        }
    }

    /// The lane for a request that begins, with a task of its own where there was none.
    func laneForNext(_ context: ChannelHandlerContext) -> RequestLane? {
        if let lane { return lane }
        do {
            let value = try openLane(on: context.channel)
            Task { [http, logger] in await http.handle(value: value, logger: logger) }
            return lane
        } catch {
            context.close(promise: nil)
            return nil
        }
    }

    /// Lets Hummingbird's task end. All of its requests must have been answered, or the connection be over.
    func endLane() {
        lane?.end()
        lane = nil
    }

    func laneWrites(_ part: HTTPServerResponsePart, promise: EventLoopPromise<Void>?) {
        guard let context, !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(sayingGoodbye(part)), promise: promise)
        if case .end = part { hasAnswered(context) }
    }

    /// Whether the last answer has been written.
    private var isOver: Bool {
        if case .ending = state { true } else { false }
    }

    /// The last answer of a connection says so (RFC 9112 §9.6).
    private func sayingGoodbye(_ part: HTTPServerResponsePart) -> HTTPServerResponsePart {
        guard closesWhenIdle, outstanding <= 1, case .head(var head) = part, head.status.code >= 200 else {
            return part
        }
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        hasSaidGoodbye = true
        return .head(head)
    }

    func laneFlushes() { context?.flush() }

    func laneReads() {
        guard let context else { return }
        if holdsReads(context) {
            isReadOwed = true
        } else {
            context.read()
        }
    }

    func laneCloses(_ mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.succeed()
            return
        }
        context.close(mode: mode, promise: promise)
    }
}
