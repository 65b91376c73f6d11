#if os(Linux)
    import CEpoll
    import HeapModule
    import NIOCore
    import PealCore
    import Synchronization

    #if canImport(Musl)
        import Musl
    #else
        import Glibc
    #endif

    /// A thread with an epoll set: the loop of a shard, and the sockets of its sessions.
    ///
    /// @unchecked Sendable because everything but the mailbox is touched on its own thread alone.
    final class ReactorLoop: SessionLoop, @unchecked Sendable {
        typealias Work = @Sendable () -> Void

        private struct Timer: Comparable {
            let due: NIODeadline
            let number: UInt64
            let work: Work

            static func == (left: Self, right: Self) -> Bool { left.number == right.number }
            static func < (left: Self, right: Self) -> Bool {
                left.due != right.due ? left.due < right.due : left.number < right.number
            }
        }

        private static let eventLimit = 256
        private static let wakeToken = UInt64.max

        private let epoll: CInt
        private let wake: CInt
        private let mailbox = Mutex<[Work]>([])
        private var posted: [Work] = []
        private var timers = Heap<Timer>()
        private var timerNumber: UInt64 = 0
        private var slots = ReactorSlots()
        /// One for all sessions of the loop, because each uses what it reads up before the next one reads.
        let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        let output = WriteBuffer()

        /// Nil where the system gives no descriptors for it.
        private init?() {
            let epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
            let wake = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
            var event = epoll_event()
            // Edge-triggered, so that it need not be read.
            event.events = EPOLLIN.rawValue | EPOLLET.rawValue
            event.data.u64 = Self.wakeToken
            guard epoll >= 0, wake >= 0, epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) == 0 else {
                for descriptor in [epoll, wake] where descriptor >= 0 { Socket.close(descriptor) }
                input.deallocate()
                return nil
            }
            self.epoll = epoll
            self.wake = wake
        }

        deinit {
            Socket.close(epoll)
            Socket.close(wake)
            input.deallocate()
        }

        // MARK: Threads

        /// One for each core, for the whole process, like SwiftNIO's own; made at the first use. Empty where the system
        /// refuses.
        static let shared: [ReactorLoop] = {
            var loops: [ReactorLoop] = []
            for index in 0..<System.coreCount {
                guard let loop = ReactorLoop(), loop.start() else { return [] }
                loops.append(loop)
            }
            return loops
        }()

        private func start() -> Bool {
            let reference = Unmanaged.passRetained(self)
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<ReactorLoop>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, reference.toOpaque())
            guard status == 0 else {
                reference.release()
                return false
            }
            pthread_detach(thread)
            return true
        }

        private func run() {
            peal_name_this_thread("peal-reactor")
            let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Self.eventLimit)
            while true {
                let count = epoll_wait(epoll, events, CInt(Self.eventLimit), timeout())
                for index in 0..<Int(max(0, count)) {
                    slots[events[index].data.u64]?.isReady(events[index].events)
                }
                runTimers()
                runMailbox()
            }
        }

        /// In milliseconds, rounded up, so that a timer is due when the wait is over; -1 for no end.
        private func timeout() -> CInt {
            guard posted.isEmpty else { return 0 }
            guard let next = timers.min else { return -1 }
            let left = max(0, (next.due - .now()).nanoseconds)
            return CInt(clamping: (left + 999_999) / 1_000_000)
        }

        // MARK: Work

        func execute(_ work: @escaping Work) {
            let isFirst = mailbox.withLock { mailbox in
                mailbox.append(work)
                return mailbox.count == 1
            }
            guard isFirst else { return }
            var one: UInt64 = 1
            // It cannot fail for long: its counter is not near its end, and nothing else is asked of it.
            while write(wake, &one, 8) < 0, errno == EINTR {}
        }

        func later(_ work: @escaping Work) {
            posted.append(work)
        }

        func schedule(after delay: Duration, _ work: @escaping Work) {
            let due = NIODeadline.now() + TimeAmount(delay)
            execute {
                self.timerNumber &+= 1
                self.timers.insert(Timer(due: due, number: self.timerNumber, work: work))
            }
        }

        private func runTimers() {
            guard let first = timers.min else { return }
            let now = NIODeadline.now()
            guard first.due <= now else { return }
            while let next = timers.min, next.due <= now { timers.removeMin().work() }
        }

        /// What came before this turn, then what it asked for; what that asks for waits until sockets had their turn.
        private func runMailbox() {
            var works: [Work] = []
            mailbox.withLock { swap(&$0, &works) }
            for work in works { work() }
            works = []
            swap(&posted, &works)
            for work in works { work() }
        }

        // MARK: Sockets

        /// - Returns: false where the system refuses one more.
        func add(_ stream: ReactorStream, descriptor: CInt) -> Bool {
            let token = slots.insert(stream)
            guard control(EPOLL_CTL_ADD, descriptor, EPOLLIN.rawValue, token) else {
                slots.remove(token)
                return false
            }
            stream.token = token
            return true
        }

        func change(_ stream: ReactorStream, descriptor: CInt, to events: UInt32) {
            _ = control(EPOLL_CTL_MOD, descriptor, events, stream.token)
        }

        /// Before its descriptor is closed, which is what takes it out of the epoll set.
        func remove(_ stream: ReactorStream) {
            slots.remove(stream.token)
        }

        private func control(_ operation: CInt, _ descriptor: CInt, _ events: UInt32, _ token: UInt64) -> Bool {
            var event = epoll_event()
            event.events = events
            event.data.u64 = token
            return epoll_ctl(epoll, operation, descriptor, &event) == 0
        }
    }
#endif
