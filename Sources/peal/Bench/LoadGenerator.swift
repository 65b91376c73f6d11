import NIOCore
import NIOPosix

/// Sends requests over a number of keep-alive connections, on one event loop.
final class LoadGenerator {
    struct Result: Sendable {
        var sent = 0
        var failed = 0
        var duration = Duration.zero
        var latencies = Latencies()
    }

    private let loop: any EventLoop
    private var idle: CircularBuffer<HTTPConnection>
    private var waiting: CircularBuffer<(time: UInt64, request: ByteBuffer)> = []
    private var result = Result()
    private var underWay = 0
    private var isOver = false
    private var start: UInt64 = 0
    private var whenDone: EventLoopPromise<Result>?

    private init(_ connections: [HTTPConnection], loop: any EventLoop) {
        idle = CircularBuffer(connections)
        self.loop = loop
    }

    /// As fast as the answers come: each connection sends the next request when it has its answer.
    static func closedLoop(
        _ server: ServerAddress, connections: Int, duration: Duration,
        request: @escaping @Sendable (Int) -> ByteBuffer
    ) async throws -> Result {
        try await with(server, connections) { generator in
            let end = generator.start + UInt64(duration.inSeconds * 1e9)
            for _ in 0..<connections { generator.sendNext(until: end, request) }
            return generator.done()
        }
    }

    /// So many requests, as fast as the answers come.
    static func each(
        _ server: ServerAddress, connections: Int, count: Int, request: @escaping @Sendable (Int) -> ByteBuffer
    ) async throws -> Result {
        try await with(server, connections) { generator in
            for number in 0..<count { generator.waiting.append((generator.start, request(number))) }
            generator.isOver = true
            generator.drain()
            return generator.done()
        }
    }

    /// At a fixed rate, whatever the answers do: a request that has to wait counts from when it was due, so that a slow
    /// server cannot hide behind fewer requests.
    static func openLoop(
        _ server: ServerAddress, connections: Int, rate: Int, duration: Duration,
        request: @escaping @Sendable (UInt64) -> ByteBuffer
    ) async throws -> Result {
        try await with(server, connections) { generator in
            generator.tick(total: Int(Double(rate) * duration.inSeconds), rate: rate, request)
            return generator.done()
        }
    }

    private static func with(
        _ server: ServerAddress, _ connections: Int,
        _ body: @escaping @Sendable (LoadGenerator) -> EventLoopFuture<Result>
    ) async throws -> Result {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var handlers: [NIOLoopBound<HTTPConnection>] = []
        for _ in 0..<connections {
            handlers.append(
                try await ClientBootstrap(group: loop)
                    .connect(host: server.host, port: server.port) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            let handler = HTTPConnection()
                            try channel.pipeline.syncOperations.addHandler(handler)
                            return NIOLoopBound(handler, eventLoop: channel.eventLoop)
                        }
                    })
        }
        return try await loop.flatSubmit { [handlers] in
            let generator = LoadGenerator(handlers.map(\.value), loop: loop)
            generator.start = MonotonicClock.now
            return body(generator).always { _ in
                for handler in handlers { handler.value.close() }
            }
        }.get()
    }

    private func done() -> EventLoopFuture<Result> {
        let promise = loop.makePromise(of: Result.self)
        whenDone = promise
        finishIfDone()
        return promise.futureResult
    }

    private func sendNext(until end: UInt64, _ request: @escaping @Sendable (Int) -> ByteBuffer) {
        let now = MonotonicClock.now
        guard now < end, !idle.isEmpty else {
            isOver = true
            return finishIfDone()
        }
        send(request(result.sent), since: now) { [self] in sendNext(until: end, request) }
    }

    private func tick(total: Int, rate: Int, _ request: @escaping @Sendable (UInt64) -> ByteBuffer) {
        let now = MonotonicClock.now
        let due = min(total, Int(Double(now - start) / 1e9 * Double(rate)) + 1)
        while result.sent + waiting.count < due { waiting.append((now, request(now))) }
        drain()
        isOver = due >= total
        guard !isOver else { return finishIfDone() }
        loop.assumeIsolated().scheduleTask(in: .microseconds(500)) { [self] in
            tick(total: total, rate: rate, request)
        }
    }

    private func drain() {
        while !waiting.isEmpty, !idle.isEmpty {
            let (time, request) = waiting.removeFirst()
            send(request, since: time) { [self] in
                drain()
                finishIfDone()
            }
        }
    }

    private func send(_ request: ByteBuffer, since time: UInt64, _ then: @escaping () -> Void) {
        // In turn: one that never has a request is closed by the server.
        let connection = idle.removeFirst()
        result.sent += 1
        underWay += 1
        connection.send(request) { [self] status in
            underWay -= 1
            if status != 0 { idle.append(connection) }
            if (200...299).contains(status) {
                result.latencies.record(MonotonicClock.now - time)
            } else {
                result.failed += 1
            }
            then()
        }
    }

    private func finishIfDone() {
        guard isOver, underWay == 0, waiting.isEmpty || idle.isEmpty else { return }
        result.duration = .nanoseconds(Int64(MonotonicClock.now - start))
        result.failed += waiting.count
        waiting = []
        whenDone.take()?.succeed(result)
    }
}
