#if os(Linux)
    import Glibc

    /// Two connected sockets. On one of packets every `send` is one packet, so that a test sees how often was sent.
    final class SocketPair {
        let ours: CInt
        let theirs: CInt
        private var isOursOpen = true

        init(packets: Bool = false, sendBuffer: CInt? = nil) {
            var ends: [CInt] = [-1, -1]
            let kind = packets ? SOCK_SEQPACKET : SOCK_STREAM
            _ = socketpair(AF_UNIX, CInt(kind.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0, &ends)
            ours = ends[0]
            theirs = ends[1]
            if var sendBuffer {
                setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &sendBuffer, socklen_t(MemoryLayout<CInt>.size))
            }
        }

        /// Somebody else closes it.
        func giveAway() -> CInt {
            isOursOpen = false
            return ours
        }

        /// What can be read now: on a socket of packets at most one. Nil at the end.
        func receive() -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let count = recv(theirs, &bytes, bytes.count, 0)
            if count < 0 { return [] }
            return count == 0 ? nil : Array(bytes[..<count])
        }

        func send(_ bytes: [UInt8]) { _ = Glibc.send(theirs, bytes, bytes.count, CInt(MSG_NOSIGNAL)) }

        deinit {
            if isOursOpen { close(ours) }
            close(theirs)
        }
    }

    /// What the process has open on the side of a server: connections to its port.
    enum ServerDescriptors {
        static func of(port: Int) -> [CInt] {
            (0..<20_000).filter { descriptor in
                var address = sockaddr_in()
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let status = withUnsafeMutablePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
                }
                guard status == 0, address.sin_family == sa_family_t(AF_INET) else { return false }
                return Int(UInt16(bigEndian: address.sin_port)) == port
                    && option(descriptor, SOL_SOCKET, SO_ACCEPTCONN) == 0
            }
        }

        static func option(_ descriptor: CInt, _ level: CInt, _ name: CInt) -> CInt {
            var value: CInt = -1
            var length = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(descriptor, level, name, &value, &length)
            return value
        }
    }
#endif
