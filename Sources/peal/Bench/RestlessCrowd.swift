import Foundation
import NIOCore
import NIOPosix
import PealCore

/// Clients that remember their cursor and come back: when the server sends them away, or by themselves after a while.
/// Touched by its loop alone.
final class RestlessCrowd: WorkerCrowd {
    private let plan: WorkerPlan
    private let tokens: [String]
    fileprivate let loop: any EventLoop
    private var clients: [Client] = []
    private var latencies = Latencies()
    private var opened = Crowd.Opened()
    private var next = 0
    private var whenConnected: EventLoopPromise<Crowd.Opened>?
    private var whenReturned: EventLoopPromise<String>?
    private var frames = 0
    private var lost = 0
    private var visits = 0
    private var attempts = 0
    private var resets = 0
    private var returned = 0
    private var lastReturn: UInt64 = 0
    fileprivate var isClosing = false

    /// Handshakes under way at once, the first time.
    private static let connectLimit = 128

    init(_ plan: WorkerPlan, tokens: [String], loop: any EventLoop) {
        self.plan = plan
        self.tokens = tokens
        self.loop = loop
        clients = (0..<plan.count).map { Client(self, number: $0) }
    }

    func connect() -> EventLoopFuture<Crowd.Opened> {
        let promise = loop.makePromise(of: Crowd.Opened.self)
        whenConnected = promise
        for _ in 0..<min(Self.connectLimit, plan.count) { connectNext() }
        return promise.futureResult
    }

    func obey(_ command: BenchWorker.Command) -> EventLoopFuture<String> {
        switch command {
        case .expect:
            (returned, attempts, resets, lastReturn) = (0, 0, 0, 0)
            latencies.reset()
            for client in clients { client.isExpected = true }
            return loop.makeSucceededFuture("expecting \(clients.count)")
        case .return:
            let promise = loop.makePromise(of: String.self)
            whenReturned = promise
            answerIfBack()
            return promise.futureResult
        case .report:
            defer { latencies.reset() }
            return loop.makeSucceededFuture("report \(frames) \(lost) \(latencies.text)")
        case .visits:
            return loop.makeSucceededFuture("visits \(visits) \(lost)")
        case .await:
            return loop.makeSucceededFuture("frames \(frames) \(MonotonicClock.now)")
        case .close:
            isClosing = true
            for client in clients { client.leave() }
            return loop.scheduleTask(in: .milliseconds(200)) { "closed" }.futureResult
        }
    }

    private func connectNext() {
        guard next < clients.count, !isClosing else { return }
        next += 1
        clients[next - 1].connect()
    }

    // MARK: What clients say

    fileprivate func open(_ client: Client) throws {
        attempts += 1
        let query = client.cursor.map { "?since=\($0)" } ?? "?limit=1"
        let handshake = WebSocketHandshake(
            server: ServerAddress(host: "127.0.0.1", port: plan.port, isEncrypted: false),
            path: "/ws/notifications\(query)", token: tokens[client.number])
        let handler = WebSocketClientHandler(handshake, receiver: client)
        client.handler = handler
        let bound = NIOLoopBound(handler, eventLoop: loop)
        try ClientBootstrap(group: loop)
            .channelOption(.ipOption(NIOBSDSocket.Option(rawValue: 24)), value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .bind(to: SocketAddress(ipAddress: plan.source, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
            }
            .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: plan.port))
            .assumeIsolated()
            .whenFailure { client.ended(.failed(plainText(of: $0))) }
    }

    fileprivate func received(_ text: ByteBuffer) {
        text.withUnsafeReadableBytes { bytes in
            frames += FrameScanner.scan(bytes) { latencies.record(MonotonicClock.now &- $0) }
        }
    }

    fileprivate func isReady(_ client: Client, isReset: Bool, since start: UInt64) {
        visits += 1
        if client.isFirst { return settled(nil) }
        guard client.isExpected else { return }
        client.isExpected = false
        returned += 1
        lastReturn = MonotonicClock.now
        if isReset { resets += 1 }
        latencies.record(lastReturn - start)
        answerIfBack()
    }

    /// - Returns: how long to wait before the next attempt; nil for no more.
    fileprivate func ended(_ client: Client, _ end: WebSocketEnd, wasReady: Bool) -> TimeAmount? {
        guard !isClosing else { return nil }
        if client.isFirst, !wasReady {
            settled("\(end)")
            return nil
        }
        switch end {
        case .closed(1000, _) where client.isLeaving: return .zero
        case .closed(1001, let reason):
            let delay = (try? JSON.parse(reason.utf8))?["reconnect_after_ms"]?.integer ?? 1000
            return .milliseconds(delay)
        case .refused(let answer):
            let seconds = answer["retry-after"].flatMap(Int64.init) ?? 1
            return .milliseconds(seconds * 1000 + .random(in: 0...1000))
        case .closed, .failed:
            if !client.isExpected { lost += 1 }
            // Full jitter, so that they do not come back in step.
            return .milliseconds(.random(in: 50...max(100, min(10_000, 500 << client.failures))))
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

    private func answerIfBack() {
        guard returned == clients.count, let promise = whenReturned.take() else { return }
        promise.succeed("returned \(returned) \(lastReturn) \(attempts) \(resets) \(latencies.text)")
    }

    /// How long a visit lasts; nil for as long as the server likes.
    fileprivate func visit() -> TimeAmount? {
        plan.visit > 0 ? .milliseconds(.random(in: Int64(plan.visit) * 500...Int64(plan.visit) * 1500)) : nil
    }

    // MARK: Client

    final class Client: WebSocketReceiver {
        // Strong: sockets outlive the measurement by the time that their close takes.
        private let crowd: RestlessCrowd
        let number: Int
        var cursor: String?
        var handler: WebSocketClientHandler<Client>?
        var isFirst = true
        var isExpected = false
        private(set) var isLeaving = false
        private(set) var failures = 0
        private var isReady = false
        private var hasEnded = false
        private var start: UInt64 = 0

        init(_ crowd: RestlessCrowd, number: Int) {
            self.crowd = crowd
            self.number = number
        }

        func connect() {
            (isReady, hasEnded, isLeaving) = (false, false, false)
            start = MonotonicClock.now
            do {
                try crowd.open(self)
            } catch {
                ended(.failed("\(error)"))
            }
        }

        func leave() {
            guard isReady, !hasEnded else { return }
            isLeaving = true
            handler?.close()
        }

        func opened() {}

        func received(_ text: ByteBuffer) {
            if let found = text.withUnsafeReadableBytes({ FrameScanner.cursor(in: $0) }) { cursor = found }
            if isReady { return crowd.received(text) }
            // A sync in pages has its counts on the last.
            let (isReset, isWhole) = text.withUnsafeReadableBytes { bytes in
                (FrameScanner.isReset(bytes), !FrameScanner.hasMorePages(bytes))
            }
            crowd.received(text)
            guard isWhole else { return }
            isReady = true
            failures = 0
            crowd.isReady(self, isReset: isReset, since: start)
            isFirst = false
            guard let visit = crowd.visit() else { return }
            crowd.loop.assumeIsolated().scheduleTask(in: visit) { self.leave() }
        }

        func ended(_ end: WebSocketEnd) {
            guard !hasEnded else { return }
            hasEnded = true
            handler = nil
            failures = min(failures + 1, 5)
            guard let delay = crowd.ended(self, end, wasReady: isReady) else { return }
            crowd.loop.assumeIsolated().scheduleTask(in: delay) {
                if !self.crowd.isClosing { self.connect() }
            }
        }
    }
}
