#if os(Linux)
    import CEpoll
    import NIOCore
    import PealCore

    /// A session on a socket of a reactor loop. While idle it has no buffer of its own.
    final class ReactorStream: StreamSession {
        private unowned(unsafe) let loop: ReactorLoop
        /// -1 once it is closed.
        private var descriptor: CInt
        /// What its loop knows it by.
        var token: UInt64 = .max
        private var interest = EPOLLIN.rawValue
        /// What the kernel did not take, in order; nothing else is handed out before it has left.
        private var tail: [WireBytes] = []
        private var drained: UInt32 = 0
        private static let drainLimit = 65_536

        init(_ session: Session, gateway: Gateway, shard: LoopShard, loop: ReactorLoop, descriptor: CInt) {
            self.loop = loop
            self.descriptor = descriptor
            super.init(session, gateway: gateway, shard: shard)
            let patience = gateway.settings.writeTimeout + .seconds(20)
            Socket.bound(descriptor, patienceInMilliseconds: CInt(clamping: patience.wholeMilliseconds))
            gateway.hub.admissions.adopted()
        }

        // MARK: Output

        override var isOpen: Bool { descriptor >= 0 }
        override var isWritable: Bool { isOpen && tail.isEmpty && loop.output.count < WriteBuffer.wanted }
        override var heldBytes: Int { tail.reduce(0) { $0 + $1.readableBytes } }

        override func put(_ bytes: WireBytes) {
            guard tail.isEmpty else { return tail.append(bytes) }
            guard !loop.output.append(bytes) else { return }
            flush()
            guard isOpen else { return }
            if tail.isEmpty { _ = loop.output.append(bytes) } else { tail.append(bytes) }
        }

        override func flush() {
            guard isOpen, loop.output.count > 0 else { return }
            switch loop.output.send(to: descriptor) {
            case .all: break
            case .rest(let bytes):
                tail.append(bytes)
                listen(interest | EPOLLOUT.rawValue)
            case .failed: fail()
            }
        }

        /// The socket takes bytes again.
        private func flushTail() {
            while let first = tail.first {
                switch WriteBuffer.send(first, to: descriptor) {
                case .all: tail.removeFirst()
                case .rest(let bytes):
                    tail[0] = bytes
                    return
                case .failed: return fail()
                }
            }
            listen(interest & ~EPOLLOUT.rawValue)
            if isEnding { shutdownSending() } else { pump() }
        }

        override func finish(_ bytes: WireBytes) {
            put(bytes)
            flush()
            guard isOpen else { return }
            if tail.isEmpty { shutdownSending() }
            listen(interest | EPOLLIN.rawValue)
        }

        private func shutdownSending() {
            Socket.shutdownSending(descriptor)
        }

        // MARK: Input

        func isReady(_ events: UInt32) {
            guard events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) == 0 else { return fail() }
            if events & EPOLLOUT.rawValue != 0 { flushTail() }
            if events & EPOLLIN.rawValue != 0, isOpen { receive() }
        }

        /// Once at each turn: the rest keeps the socket ready.
        private func receive() {
            guard isEnding || session.canReceive else { return listen(interest & ~EPOLLIN.rawValue) }
            switch Socket.receive(descriptor, into: loop.input) {
            case .done(0): hangUp()
            case .done(let count) where isEnding:
                // RULES 32: closing with unread input would reset the connection and lose the last frame.
                drained += UInt32(count)
                if drained > Self.drainLimit { hangUp() }
            case .done(let count): take(UnsafeRawBufferPointer(rebasing: loop.input[..<count]))
            case .later: break
            case .failed: fail()
            }
        }

        override func readOn() {
            listen(interest | EPOLLIN.rawValue)
        }

        private func listen(_ events: UInt32) {
            guard isOpen, events != interest else { return }
            interest = events
            loop.change(self, descriptor: descriptor, to: events)
        }

        // MARK: End

        private func fail() {
            if !isEnding { hub.metrics.failed(.io) }
            hangUp()
        }

        override func hangUp() {
            guard isOpen else { return }
            loop.output.clear()
            loop.remove(self)
            Socket.close(descriptor)
            hub.admissions.disconnected()
            descriptor = -1
            tail = []
            gone()
        }
    }
#endif
