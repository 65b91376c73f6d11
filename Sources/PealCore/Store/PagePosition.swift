extension PageQuery.Position {
    /// The position as clients carry it in `next_cursor`: opaque, 48 lower-case hexadecimal digits, on every transport.
    public var cursorText: String {
        let parts = [UInt64(bitPattern: lastEventAt.milliseconds), id.high, id.low]
        return parts.map { part in
            let digits = String(part, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Nil for anything that ``cursorText`` would not write.
    public init?(cursorText text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 48, digits.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }) else { return nil }
        let parts = stride(from: 0, to: 48, by: 16).compactMap { start in
            UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16)
        }
        guard parts.count == 3 else { return nil }
        self.init(
            lastEventAt: Timestamp(milliseconds: Int64(bitPattern: parts[0])),
            id: NotificationID(high: parts[1], low: parts[2]))
    }
}
