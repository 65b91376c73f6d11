import NIOCore
import PealCore

/// What a shard of the hub needs of the loop that it lives on. Both transports have one.
protocol SessionLoop: AnyObject, Sendable {
    /// Runs work on the loop, in the order in which it came from one thread.
    func execute(_ work: @escaping @Sendable () -> Void)
    /// Runs work after what the loop is doing, and lets other work in between. Only from the loop itself.
    func later(_ work: @escaping @Sendable () -> Void)
    /// Runs work on the loop once this much time has passed.
    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void)
}

extension SessionLoop {
    /// The result of work on the loop.
    func submit<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: work()) }
        }
    }
}

/// A SwiftNIO event loop.
final class ChannelLoop: SessionLoop {
    let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func execute(_ work: @escaping @Sendable () -> Void) {
        loop.execute(work)
    }

    func later(_ work: @escaping @Sendable () -> Void) {
        loop.execute(work)
    }

    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) {
        loop.scheduleTask(in: TimeAmount(delay), work)
    }
}
