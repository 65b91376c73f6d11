/// Finds in a frame what a measurement needs, without parsing it: the client must cost less than the server.
enum FrameScanner {
    struct Found: Equatable {
        var notifications = 0
        /// The moment of creation that travelled in `metadata.t`.
        var createdAt: UInt64?
    }

    private static let notification = Array(#"{"type":"notification","#.utf8)
    private static let sync = Array(#"{"type":"sync""#.utf8)
    private static let id = Array(#""notification_id":""#.utf8)
    private static let time = Array(#""metadata":{"t":"#.utf8)

    static func scan(_ bytes: UnsafeRawBufferPointer) -> Found {
        if bytes.starts(with: notification) {
            return Found(
                notifications: 1, createdAt: firstIndex(after: time, in: bytes).map { number(at: $0, in: bytes) })
        }
        guard bytes.starts(with: sync) else { return Found() }
        var found = Found()
        var rest = bytes
        while let end = firstIndex(after: id, in: rest) {
            found.notifications += 1
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
        return found
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

    private static func firstIndex(after pattern: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        var start = 0
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
