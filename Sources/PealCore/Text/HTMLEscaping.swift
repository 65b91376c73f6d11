extension String {
    /// The text as HTML: what it says is shown, nothing in it becomes markup (RULES 46).
    ///
    /// Good between tags and in attribute values in quotes of either kind; not in scripts, styles or URLs, which have rules
    /// of their own. Texts on the wire stay plain: whoever makes HTML of one calls this, once.
    public var htmlEscaped: String {
        guard utf8.contains(where: { HTMLEntity(of: $0) != nil }) else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count + 32)
        for byte in utf8 {
            if let entity = HTMLEntity(of: byte) {
                bytes.append(contentsOf: entity.text.utf8)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The five characters that can end a text or a quoted attribute value, or begin a character reference in one.
private struct HTMLEntity {
    let text: String

    init?(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "&"): text = "&amp;"
        case UInt8(ascii: "<"): text = "&lt;"
        case UInt8(ascii: ">"): text = "&gt;"
        case UInt8(ascii: "\""): text = "&quot;"
        // HTML 4 has no `&apos;`, and some mail programs have not gone further.
        case UInt8(ascii: "'"): text = "&#39;"
        default: return nil
        }
    }
}
