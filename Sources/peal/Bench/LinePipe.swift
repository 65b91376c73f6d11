import Foundation

/// Reads lines from a descriptor, with an end to one's patience.
final class LinePipe {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Blocks; nil at the end of the stream.
    func line(within timeout: Duration) throws(Failure) -> String? {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeSubrange(...end)
                return line
            }
            let rest = (deadline - .now).inSeconds
            guard rest > 0 else { throw Failure("a process of the benchmark did not answer within \(timeout)") }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard Foundation.poll(&poll, 1, Int32(min(rest * 1000, 60_000)) + 1) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }
}
