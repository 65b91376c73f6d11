/// Finds in a frame what a measurement needs, without parsing it: the client must cost less than the server.
enum FrameScanner {
    private static let notification = Array(#"{"type":"notification","#.utf8)
    private static let sync = Array(#"{"type":"sync""#.utf8)
    private static let id = Array(#""notification_id":""#.utf8)
    private static let time = Array(#""metadata":{"t":"#.utf8)

    /// - Parameter note: takes each moment of creation, which travels in `metadata.t`.
    /// - Returns: how many notifications the frame brings.
    static func scan(_ bytes: UnsafeRawBufferPointer, _ note: (UInt64) -> Void) -> Int {
        if bytes.starts(with: notification) {
            if let start = firstIndex(after: time, in: bytes) { note(number(at: start, in: bytes)) }
            return 1
        }
        guard bytes.starts(with: sync) else { return 0 }
        forEachEnd(of: time, in: bytes) { note(number(at: $0, in: bytes)) }
        var count = 0
        forEachEnd(of: id, in: bytes) { _ in count += 1 }
        return count
    }

    private static func forEachEnd(of pattern: [UInt8], in bytes: UnsafeRawBufferPointer, _ body: (Int) -> Void) {
        var start = 0
        while let end = firstIndex(after: pattern, in: bytes, from: start) {
            body(end)
            start = end
        }
    }

    // MARK: Places

    private static let cursor = Array(#""cursor":""#.utf8)
    private static let load = Array(#"{"type":"initial_load""#.utf8)
    private static let more = Array(#""has_more":true"#.utf8)

    /// The place that a frame names, which stands near its beginning.
    static func cursor(in bytes: UnsafeRawBufferPointer) -> String? {
        let front = UnsafeRawBufferPointer(rebasing: bytes.prefix(512))
        guard let start = firstIndex(after: cursor, in: front) else { return nil }
        let text = front[start...].prefix { $0 != UInt8(ascii: "\"") }
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }

    /// Whether the client begins anew.
    static func isReset(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: load) }

    static func hasMorePages(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.starts(with: sync) else { return false }
        let end = UnsafeRawBufferPointer(rebasing: bytes.suffix(64))
        return firstIndex(after: more, in: end) != nil
    }

    private static func number(at start: Int, in bytes: UnsafeRawBufferPointer) -> UInt64 {
        var value: UInt64 = 0
        for byte in bytes[start...] {
            guard (0x30...0x39).contains(byte) else { break }
            value = value &* 10 &+ UInt64(byte & 0xF)
        }
        return value
    }

    private static func firstIndex(
        after pattern: [UInt8], in bytes: UnsafeRawBufferPointer, from begin: Int = 0
    ) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        var start = begin
        while start <= bytes.count - pattern.count {
            if bytes[start] == pattern[0], bytes[start + 1] == pattern[1], bytes[start + 2] == pattern[2],
                bytes[start..<start + pattern.count].elementsEqual(pattern)
            {
                return start + pattern.count
            }
            start += 1
        }
        return nil
    }
}
