import Dispatch
import Foundation
import Synchronization

/// Writes lines on a thread of its own: whoever logs may be an event loop, and standard error a pipe that nobody reads.
final class LogWriter: Sendable {
    static let standardError = LogWriter(descriptor: STDERR_FILENO)

    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    private let descriptor: Int32
    private let byteLimit: Int
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "peal-log")

    /// - Parameter byteLimit: beyond it lines are dropped and counted.
    init(descriptor: Int32, byteLimit: Int = 1 << 20) {
        self.descriptor = descriptor
        self.byteLimit = byteLimit
    }

    /// Returns at once.
    func write(_ line: [UInt8]) {
        let isFirst = state.withLock { state -> Bool in
            guard state.pending.count + line.count <= byteLimit else {
                state.dropped += 1
                return false
            }
            state.pending += line
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isFirst { queue.async { self.drain() } }
    }

    /// Waits until everything has been written, but not longer than this.
    func flush(within seconds: Double = 1) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + seconds)
    }

    private func drain() {
        while let bytes = next() {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno != EINTR { break }
                rest = rest.dropFirst(max(0, count))
            }
        }
    }

    private func next() -> [UInt8]? {
        state.withLock { state in
            if state.dropped > 0 {
                state.pending += Array(
                    "\(state.dropped) log lines were dropped: nobody reads them quickly enough\n".utf8)
                state.dropped = 0
            }
            guard !state.pending.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.pending = [] }
            return state.pending
        }
    }
}
