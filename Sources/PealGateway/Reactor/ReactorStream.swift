#if os(Linux)
    import CEpoll
    import NIOCore
    import PealCore

    /// A session on a socket of a reactor loop. While idle it has no buffer of its own.
    final class ReactorStream: StreamSession {
        // In an order that leaves no gaps behind those of the session.
        private var interest = Interest.reading
        /// What has come after the last frame, in units of 16 bytes, rounded up for each read.
        private var drained: UInt16 = 0
        private static let drainLimit: UInt16 = 4096
        /// -1 once it is closed.
        private var descriptor: CInt
        /// What its loop knows it by.
        var token: UInt64 = .max

        private struct Interest: OptionSet {
            let rawValue: UInt8

            static let reading = Self(rawValue: 1)
            static let writing = Self(rawValue: 2)

            var events: UInt32 {
                (contains(.reading) ? EPOLLIN.rawValue : 0) | (contains(.writing) ? EPOLLOUT.rawValue : 0)
            }
        }

        /// - Parameter shard: one of a reactor loop.
        init(_ session: Session, gateway: Gateway, shard: LoopShard, descriptor: CInt) {
            self.descriptor = descriptor
            super.init(session, gateway: gateway, shard: shard)
            let patience = gateway.settings.writeTimeout + .seconds(20)
            Socket.bound(descriptor, patienceInMilliseconds: CInt(clamping: patience.wholeMilliseconds))
            gateway.hub.admissions.adopted()
        }

        /// Not kept a second time, because a node has so many sessions.
        private var loop: ReactorLoop { unsafeDowncast(shard.loop, to: ReactorLoop.self) }

        // MARK: Output

        override var isOpen: Bool { descriptor >= 0 }
        override var isWritable: Bool { isOpen && !hasTail && loop.output.count < WriteBuffer.wanted }
        override var heldBytes: Int { unsent?.frameBytes ?? 0 }

        /// What the kernel did not take, in order; nothing else is handed out before it has left.
        private var hasTail: Bool { unsent.map { !$0.frames.isEmpty } ?? false }

        private func keep(_ bytes: WireBytes) {
            let unsent = self.unsent ?? UnsentOutput()
            unsent.frames.append(bytes)
            self.unsent = unsent
        }

        override func put(_ bytes: WireBytes) {
            guard !hasTail else { return keep(bytes) }
            guard !loop.output.append(bytes) else { return }
            flush()
            guard isOpen else { return }
            if hasTail { keep(bytes) } else { _ = loop.output.append(bytes) }
        }

        override func flush() {
            guard isOpen, loop.output.count > 0 else { return }
            took(loop.output.send(to: descriptor))
        }

        override func send(_ bytes: WireBytes) {
            took(WriteBuffer.send(bytes, to: descriptor))
        }

        private func took(_ outcome: WriteBuffer.Outcome) {
            switch outcome {
            case .all: break
            case .rest(let bytes):
                keep(bytes)
                listen(interest.union(.writing))
            case .failed: fail()
            }
        }

        /// The socket takes bytes again.
        private func flushTail() {
            while let unsent, let first = unsent.frames.first {
                switch WriteBuffer.send(first, to: descriptor) {
                case .all: unsent.frames.removeFirst()
                case .rest(let bytes):
                    unsent.frames[0] = bytes
                    return
                case .failed: return fail()
                }
            }
            unsent = nil
            listen(interest.subtracting(.writing))
            if isEnding { shutdownSending() } else { pump() }
        }

        override func finish(_ bytes: WireBytes) {
            put(bytes)
            flush()
            guard isOpen else { return }
            if !hasTail { shutdownSending() }
            listen(interest.union(.reading))
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
            guard isEnding || session.canReceive else { return listen(interest.subtracting(.reading)) }
            switch Socket.receive(descriptor, into: loop.input) {
            case .done(0): hangUp()
            case .done(let count) where isEnding:
                // RULES 32: closing with unread input would reset the connection and lose the last frame.
                drained = UInt16(clamping: Int(drained) + (count + 15) / 16)
                if drained > Self.drainLimit { hangUp() }
            case .done(let count): take(UnsafeRawBufferPointer(rebasing: loop.input[..<count]))
            case .later: break
            case .failed: fail()
            }
        }

        override func readOn() {
            listen(interest.union(.reading))
        }

        private func listen(_ wanted: Interest) {
            guard isOpen, wanted != interest else { return }
            interest = wanted
            loop.change(self, descriptor: descriptor, to: wanted.events)
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
            unsent = nil
            gone()
        }
    }
#endif
