import CoreMetrics
public import Logging
public import NIOCore
import PealCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Keeps a listener going that cannot accept a connection now, because there is no descriptor or no memory for it: it waits a
/// moment and tries again, while those who come wait in the kernel's queue. Without it the error would end the server.
public final class AcceptBackoff: ChannelDuplexHandler {
    public typealias InboundIn = any Channel
    public typealias OutboundIn = Never

    private static let pause: TimeAmount = .milliseconds(100)
    /// Between two lines in the log.
    private static let silence: TimeAmount = .seconds(30)

    private let logger: Logger
    private let failures = Counter(label: "accept_failures_total")
    private var context: ChannelHandlerContext?
    private var isPaused = false
    private var isReadOwed = false
    private var quietUntil = NIODeadline.distantPast

    init(_ logger: Logger) { self.logger = logger }

    /// To be done as soon as a server listens.
    public static func install(on listener: any Channel, logger: Logger) async throws {
        try await listener.eventLoop.submit {
            try listener.pipeline.syncOperations.addHandler(AcceptBackoff(logger), position: .first)
        }.get()
    }

    public func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    public func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    public func read(context: ChannelHandlerContext) {
        if isPaused { isReadOwed = true } else { context.read() }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: pause(context, error)
        // A client that has gone before its turn.
        case ECONNABORTED: break
        default: context.fireErrorCaught(error)
        }
    }

    private func pause(_ context: ChannelHandlerContext, _ error: any Error) {
        failures.increment()
        if NIODeadline.now() >= quietUntil {
            quietUntil = .now() + Self.silence
            logger.warning("No connection can be accepted now", metadata: ["error": "\(error)"])
        }
        guard !isPaused else { return }
        isPaused = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.resume() }
    }

    private func resume() {
        isPaused = false
        guard isReadOwed else { return }
        isReadOwed = false
        context?.read()
    }
}
