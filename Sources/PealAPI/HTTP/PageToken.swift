import PealCore

/// Where a page of a list begins, as clients carry it: opaque, 48 hexadecimal digits.
enum PageToken {
    static func text(_ position: PageQuery.Position) -> String {
        let parts = [UInt64(bitPattern: position.lastEventAt.milliseconds), position.id.high, position.id.low]
        return parts.map { part in
            let digits = String(part, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    static func position(_ text: String) -> PageQuery.Position? {
        let digits = Array(text.utf8)
        guard digits.count == 48, digits.allSatisfy(isDigit) else { return nil }
        let parts = stride(from: 0, to: 48, by: 16).compactMap { start in
            UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16)
        }
        return PageQuery.Position(
            lastEventAt: Timestamp(milliseconds: Int64(bitPattern: parts[0])),
            id: NotificationID(high: parts[1], low: parts[2]))
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
