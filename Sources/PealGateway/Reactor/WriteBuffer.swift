#if os(Linux)
    import NIOCore

    /// Gathers the frames of one session for one `send`; shared by all sessions of a loop, since each fills and empties it
    /// in one go. A single frame is not copied.
    final class WriteBuffer {
        /// What one send should carry; beyond it frames wait in the session, where they can still be dropped.
        static let wanted = 16_384
        private static let capacity = 65_536

        enum Outcome {
            case all
            /// The kernel did not take these.
            case rest(WireBytes)
            case failed
        }

        private var single: WireBytes?
        private let gathered = UnsafeMutableRawBufferPointer.allocate(byteCount: WriteBuffer.capacity, alignment: 16)
        private var gatheredCount = 0

        deinit { gathered.deallocate() }

        var count: Int { single?.readableBytes ?? gatheredCount }

        /// - Returns: false where it does not fit behind what is there; it always fits where nothing is.
        func append(_ bytes: WireBytes) -> Bool {
            guard count > 0 else {
                single = bytes
                return true
            }
            guard count + bytes.readableBytes <= Self.capacity else { return false }
            if let first = single {
                single = nil
                copy(first)
            }
            copy(bytes)
            return true
        }

        private func copy(_ bytes: WireBytes) {
            bytes.withUnsafeReadableBytes { bytes in
                guard let start = bytes.baseAddress, let end = gathered.baseAddress else { return }
                (end + gatheredCount).copyMemory(from: start, byteCount: bytes.count)
                gatheredCount += bytes.count
            }
        }

        func clear() {
            single = nil
            gatheredCount = 0
        }

        /// Empties it.
        func send(to descriptor: CInt) -> Outcome {
            defer { clear() }
            if let single { return Self.send(single, to: descriptor) }
            let bytes = UnsafeRawBufferPointer(rebasing: gathered[..<gatheredCount])
            switch Socket.send(descriptor, bytes) {
            case .done(bytes.count): return .all
            case .done(let sent): return .rest(WireBytes(bytes: bytes[sent...]))
            case .later: return .rest(WireBytes(bytes: bytes))
            case .failed: return .failed
            }
        }

        /// The rest shares the memory of the whole.
        static func send(_ bytes: WireBytes, to descriptor: CInt) -> Outcome {
            switch bytes.withUnsafeReadableBytes({ Socket.send(descriptor, $0) }) {
            case .done(bytes.readableBytes): return .all
            case .done(let sent):
                var rest = bytes
                rest.moveReaderIndex(forwardBy: sent)
                return .rest(rest)
            case .later: return .rest(bytes)
            case .failed: return .failed
            }
        }
    }
#endif
