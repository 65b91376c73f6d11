import NIOCore
import NIOPosix
import NIOSSL

/// Many clients on one event loop, and what they have received together. Touched by its loop alone.
final class Crowd: WorkerCrowd {
    struct Opened: Sendable {
        var count = 0
        var failed = 0
        /// The first failure; empty where there was none.
        var problem = ""
    }

    /// Handshakes under way at once; more only wait in the server's backlog.
    private static let connectLimit = 128

    private let plan: WorkerPlan
    private let tokens: [String]
    private let loop: any EventLoop
    private var handlers: [any CrowdHandler] = []
    private let tls: NIOSSLContext?
    private var latencies = Latencies()
    private var opened = Opened()
    private var frames = 0
    private var lost = 0
    private var next = 0
    private var whenConnected: EventLoopPromise<Opened>?
    private var awaited: (count: Int, promise: EventLoopPromise<String>)?
    private var isClosing = false

    init(_ plan: WorkerPlan, tokens: [String], tls: NIOSSLContext?, loop: any EventLoop) {
        self.plan = plan
        self.tls = tls
        self.tokens = tokens
        self.loop = loop
        handlers.reserveCapacity(plan.count)
    }

    func connect() -> EventLoopFuture<Opened> {
        let promise = loop.makePromise(of: Opened.self)
        whenConnected = promise
        for _ in 0..<min(Self.connectLimit, plan.count) { connectNext() }
        return promise.futureResult
    }

    func obey(_ command: BenchWorker.Command) -> EventLoopFuture<String> {
        switch command {
        case .await(let count):
            let promise = loop.makePromise(of: String.self)
            awaited = (count * plan.count, promise)
            answerIfThere()
            return promise.futureResult
        case .report:
            defer { latencies.reset() }
            return loop.makeSucceededFuture("report \(frames) \(lost) \(latencies.text)")
        case .expect, .return, .visits:
            return loop.makeSucceededFuture("none")
        case .close:
            isClosing = true
            for handler in handlers { handler.close() }
            return loop.scheduleTask(in: .milliseconds(200)) { "closed" }.futureResult
        }
    }

    private func connectNext() {
        guard next < plan.count, !isClosing else { return }
        let handler = plan.carrier.makeHandler(port: plan.port, token: tokens[next], receiver: Client(self))
        next += 1
        let bound = NIOLoopBound(handler, eventLoop: loop)
        do {
            // Without IP_BIND_ADDRESS_NO_PORT (24, ip(7)) each source port is taken for all destinations at bind, and they run out.
            try ClientBootstrap(group: loop)
                .channelOption(.ipOption(NIOBSDSocket.Option(rawValue: 24)), value: 1)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
                .bind(to: SocketAddress(ipAddress: plan.source, port: 0))
                .channelInitializer { [tls] channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil)) }
                        try pipeline.addHandler(bound.value)
                    }
                }
                .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: plan.port))
                .assumeIsolated()
                .whenFailure { self.settled(plainText(of: $0)) }
            handlers.append(handler)
        } catch {
            settled("\(error)")
        }
    }

    private func settled(_ problem: String?) {
        if let problem {
            opened.failed += 1
            if opened.problem.isEmpty { opened.problem = problem }
        } else {
            opened.count += 1
        }
        if opened.count + opened.failed == plan.count { whenConnected.take()?.succeed(opened) }
        connectNext()
    }

    private func received(_ text: ByteBuffer) {
        text.withUnsafeReadableBytes { bytes in
            frames += FrameScanner.scan(bytes) { latencies.record(MonotonicClock.now &- $0) }
        }
        answerIfThere()
    }

    private func answerIfThere() {
        guard let (count, promise) = awaited, frames >= count else { return }
        awaited = nil
        promise.succeed("frames \(frames) \(MonotonicClock.now)")
    }

    /// One of them: ready after its first frame.
    final class Client: WebSocketReceiver {
        // Strong: sockets outlive the measurement by the time that their close takes.
        private let crowd: Crowd
        private var isReady = false

        init(_ crowd: Crowd) { self.crowd = crowd }

        func opened() {}

        func received(_ text: ByteBuffer) {
            if isReady { return crowd.received(text) }
            isReady = true
            crowd.settled(nil)
        }

        func ended(_ end: WebSocketEnd) {
            guard isReady else { return crowd.settled("\(end)") }
            if !crowd.isClosing { crowd.lost += 1 }
        }
    }
}
