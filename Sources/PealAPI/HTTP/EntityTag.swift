import PealCore

/// Names one state of one answer: the inbox's cursor, what was asked, and how it is written (RULES 42).
enum EntityTag {
    /// Grows when the shape of answers changes, so that nobody keeps an old one.
    static let formatVersion = 1

    static func make(_ cursor: Cursor, query: String) -> String {
        let digest = query.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\"\(formatVersion)-\(cursor)-\(String(digest, radix: 16))\""
    }

    /// The weak comparison of RFC 9110 §13.1.2, over a list of tags.
    static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { candidate in
            let trimmed = candidate.drop { $0 == " " || $0 == "\t" }
            let strong = trimmed.hasPrefix("W/") ? trimmed.dropFirst(2) : trimmed
            return strong.prefix { $0 != " " && $0 != "\t" } == tag
        }
    }
}
