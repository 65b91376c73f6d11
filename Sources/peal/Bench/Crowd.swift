import NIOCore
import NIOPosix

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
    private var handlers: [WebSocketClientHandler<Client>] = []
    private var latencies = Latencies()
    private var opened = Opened()
    private var frames = 0
    private var lost = 0
    private var next = 0
    private var whenConnected: EventLoopPromise<Opened>?
    private var awaited: (count: Int, promise: EventLoopPromise<String>)?
    private var isClosing = false

    init(_ plan: WorkerPlan, tokens: [String], loop: any EventLoop) {
        self.plan = plan
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
        let client = Client(self)
        let handshake = WebSocketHandshake(
            server: ServerAddress(host: "127.0.0.1", port: plan.port, isEncrypted: false),
            path: "/ws/notifications?limit=1", token: tokens[next])
        next += 1
        let handler = WebSocketClientHandler(handshake, receiver: client)
        let bound = NIOLoopBound(handler, eventLoop: loop)
        do {
            // Without IP_BIND_ADDRESS_NO_PORT (24, ip(7)) each source port is taken for all destinations at bind, and they run out.
            try ClientBootstrap(group: loop)
                .channelOption(.ipOption(NIOBSDSocket.Option(rawValue: 24)), value: 1)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
                .bind(to: SocketAddress(ipAddress: plan.source, port: 0))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(bound.value)
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
            let found = FrameScanner.scan(bytes)
            guard found.notifications > 0 else { return }
            if let time = found.createdAt { latencies.record(MonotonicClock.now &- time) }
            frames += found.notifications
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
