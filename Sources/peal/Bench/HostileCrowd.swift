import NIOCore
import NIOPosix

/// Clients that wish a server ill. What it closes or refuses comes again. Touched by its loop alone.
final class HostileCrowd: WorkerCrowd {
    enum Kind: String {
        /// Half of them read a few bytes in a second, the others nothing.
        case slow
        /// Commands, pings and fragments without a pause.
        case flood
        /// A head that never ends.
        case half
    }

    private let kind: Kind
    private let plan: WorkerPlan
    private let tokens: [String]
    private let loop: any EventLoop
    private var connections: [Connection?]
    private var next = 0
    private var settled = 0
    private var underWay = 0
    private var closed = 0
    private var failed = 0
    private var bytes = 0
    private var turn = 0
    private var isClosing = false
    private var whenConnected: EventLoopPromise<Crowd.Opened>?

    private static let connectLimit = 128

    init(_ kind: Kind, _ plan: WorkerPlan, tokens: [String], loop: any EventLoop) {
        self.kind = kind
        self.plan = plan
        self.tokens = tokens
        self.loop = loop
        connections = Array(repeating: nil, count: plan.count)
    }

    func connect() -> EventLoopFuture<Crowd.Opened> {
        let promise = loop.makePromise(of: Crowd.Opened.self)
        whenConnected = promise
        for _ in 0..<min(Self.connectLimit, plan.count) { connectNext() }
        tick()
        return promise.futureResult
    }

    func obey(_ command: BenchWorker.Command) -> EventLoopFuture<String> {
        switch command {
        case .close:
            isClosing = true
            for connection in connections { connection?.close() }
            return loop.scheduleTask(in: .milliseconds(200)) { "closed" }.futureResult
        default:
            return loop.makeSucceededFuture("report \(bytes) \(closed) \(failed)")
        }
    }

    private func connectNext() {
        guard next < plan.count, !isClosing else { return }
        next += 1
        open(next - 1)
    }

    private func open(_ number: Int) {
        guard !isClosing else { return }
        let connection = Connection(self, number: number, isReading: kind == .flood || kind == .half)
        let bound = NIOLoopBound(connection, eventLoop: loop)
        do {
            try ClientBootstrap(group: loop)
                .channelOption(.ipOption(NIOBSDSocket.Option(rawValue: 24)), value: 1)
                .channelOption(.autoRead, value: connection.isReading)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 512))
                .channelOption(.socketOption(.so_rcvbuf), value: kind == .slow ? 4096 : 65_536)
                .bind(to: SocketAddress(ipAddress: plan.source, port: 0))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(bound.value)
                    }
                }
                .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: plan.port))
                .assumeIsolated()
                .whenFailure { _ in self.gone(number, wasOpen: false) }
            connections[number] = connection
        } catch {
            gone(number, wasOpen: false)
        }
    }

    private static let ticksPerSecond = 50

    /// Slow readers read, unfinished heads get a byte: each once in a second, spread over it, since strangers do not act in step.
    private func tick() {
        guard !isClosing else { return }
        turn += 1
        for number in stride(from: turn % Self.ticksPerSecond, to: connections.count, by: Self.ticksPerSecond) {
            let connection = connections[number]
            switch kind {
            case .slow where (number / Self.ticksPerSecond).isMultiple(of: 2): connection?.readSome()
            case .half: connection?.send("x")
            default: break
            }
        }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(1000 / Int64(Self.ticksPerSecond))) { self.tick() }
    }

    fileprivate func opened(_ connection: Connection) {
        switch kind {
        case .half: connection.send("GET /ws/notifications HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        case .slow, .flood:
            let handshake = WebSocketHandshake(
                server: ServerAddress(host: "127.0.0.1", port: plan.port, isEncrypted: false),
                path: "/ws/notifications?limit=1", token: tokens[connection.number])
            connection.send(handshake.request)
            if kind == .flood { flood(connection) }
        }
        // The answer to the handshake is the only thing that all of them read.
        if kind == .slow { connection.readSome() }
        settle(connection.number)
    }

    private func settle(_ number: Int) {
        guard settled < plan.count else { return }
        settled += 1
        if settled == plan.count {
            whenConnected.take()?.succeed(Crowd.Opened(count: settled))
        }
        connectNext()
    }

    private static let pieces: [ByteBuffer] = {
        let texts = [
            #"{"type":"list","limit":200}"#, #"{"type":"mark_all_read","up_to_seq":1}"#,
            #"{"type":"get_unread_count"}"#,
            "ping", "{",
        ]
        return texts.map { text in
            var buffer = ByteBuffer()
            for _ in 0..<50 {
                WebSocketFrame.write(opcode: WebSocketOpcode.text, Array(text.utf8), into: &buffer)
                WebSocketFrame.write(opcode: WebSocketOpcode.ping, Array(repeating: 0, count: 125), into: &buffer)
            }
            return buffer
        }
    }()

    private func flood(_ connection: Connection) {
        guard !isClosing, connection.isOpen else { return }
        if let piece = Self.pieces.randomElement() { connection.send(piece) }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.flood(connection) }
    }

    fileprivate func received(_ count: Int) { bytes += count }

    fileprivate func gone(_ number: Int, wasOpen: Bool) {
        connections[number] = nil
        if wasOpen { closed += 1 } else { failed += 1 }
        if !wasOpen { settle(number) }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(.random(in: 200...1200))) { self.open(number) }
    }

    fileprivate final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let number: Int
        let isReading: Bool
        private let crowd: HostileCrowd
        private var context: ChannelHandlerContext?
        private(set) var isOpen = false

        init(_ crowd: HostileCrowd, number: Int, isReading: Bool) {
            self.crowd = crowd
            self.number = number
            self.isReading = isReading
        }

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }
        func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

        func channelActive(context: ChannelHandlerContext) {
            isOpen = true
            crowd.opened(self)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            crowd.received(unwrapInboundIn(data).readableBytes)
        }

        func channelInactive(context: ChannelHandlerContext) {
            guard isOpen else { return }
            isOpen = false
            crowd.gone(number, wasOpen: true)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func send(_ text: String) { send(ByteBuffer(string: text)) }

        func send(_ bytes: ByteBuffer) {
            // One that is not read any more does not pile up here.
            guard let context, context.channel.isWritable else { return }
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }

        func readSome() { context?.read() }
        func close() { context?.close(promise: nil) }
    }
}
