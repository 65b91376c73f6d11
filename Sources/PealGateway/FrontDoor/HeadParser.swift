/// Reads the head of a connection's first request, to see whether it is for the gateway. Whatever it does not understand
/// is ordinary HTTP, whose own parser then says what is wrong.
enum HeadParser {
    static let byteLimit = 16 * 1024
    static let fieldLimit = 64

    /// Where the head ends, with its empty line; nil where it has not come yet.
    ///
    /// - Parameter start: where to go on looking; a few bytes are looked at again.
    static func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = max(0, start - 3)
        while index < bytes.count {
            guard bytes[index] == 0x0A else {
                index += 1
                continue
            }
            if index + 1 < bytes.count, bytes[index + 1] == 0x0A { return index + 2 }
            if index + 2 < bytes.count, bytes[index + 1] == 0x0D, bytes[index + 2] == 0x0A { return index + 3 }
            index += 1
        }
        return nil
    }

    /// Nil for anything but a well-formed head with the line ends that RFC 9112 asks for.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> RequestHead? {
        var rest = bytes[...]
        guard let line = takeLine(&rest) else { return nil }
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(isToken),
            words[1].first == 0x2F, words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let version = String(decoding: words[2], as: UTF8.self)
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else { return nil }
        var head = RequestHead(
            method: String(decoding: words[0], as: UTF8.self), target: String(decoding: words[1], as: UTF8.self),
            isHTTP11: version == "HTTP/1.1", fields: [])
        while let line = takeLine(&rest) {
            if line.isEmpty { return head }
            guard head.fields.count < fieldLimit, let field = field(line) else { return nil }
            head.fields.append(field)
        }
        return nil
    }

    private static func takeLine(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer>? {
        guard let end = rest.firstIndex(of: 0x0A), end > rest.startIndex, rest[end - 1] == 0x0D else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<(end - 1)]
    }

    private static func field(_ line: Slice<UnsafeRawBufferPointer>) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex, line[..<colon].allSatisfy(isToken) else {
            return nil
        }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return nil }
        let name = String(decoding: line[..<colon].map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
        return (name, String(decoding: value, as: UTF8.self))
    }

    /// RFC 9110 §5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
