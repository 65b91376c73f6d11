#if os(Linux)
    import CEpoll
    #if canImport(Musl)
        import Musl
    #else
        import Glibc
    #endif

    /// The system calls on a session's socket, which never block.
    enum Socket {
        enum Result {
            case done(Int)
            /// The kernel has nothing, or no room, now.
            case later
            case failed
        }

        static func receive(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Result {
            result { recv(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT)) }
        }

        static func send(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Result {
            let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
            return result { system_send(descriptor, bytes.baseAddress, bytes.count, flags) }
        }

        private static func result(_ call: () -> Int) -> Result {
            while true {
                let count = call()
                if count >= 0 { return .done(count) }
                switch errno {
                case EINTR: continue
                case EAGAIN, ENOBUFS, ENOMEM: return .later
                default: return .failed
                }
            }
        }

        static func shutdownSending(_ descriptor: CInt) {
            shutdown(descriptor, CInt(SHUT_WR))
        }

        static func close(_ descriptor: CInt) {
            system_close(descriptor)
        }

        /// - Returns: another descriptor of the same socket; -1 where there is no room for one.
        static func duplicate(_ descriptor: CInt) -> CInt {
            fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        }

        /// Bounds what the kernel keeps for a session (RULES 33).
        static func bound(_ descriptor: CInt, patienceInMilliseconds: CInt) {
            for (level, name, value) in [
                (SOL_SOCKET, SO_SNDBUF, CInt(65_536)), (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, patienceInMilliseconds),
                (CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, 16_384),
            ] {
                var value = value
                setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
            }
        }
    }

    private func system_send(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: CInt) -> Int {
        send(descriptor, bytes, count, flags)
    }

    private func system_close(_ descriptor: CInt) { close(descriptor) }
#endif
