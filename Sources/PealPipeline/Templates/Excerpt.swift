/// What an actor wrote, in the length of a quotation.
enum Excerpt {
    /// In characters as readers see them.
    static let characterLimit = 100

    /// Cuts a long text at a word, marked with `…`; never inside of a character that readers see as one.
    static func shortened(_ text: String) -> String {
        guard text.utf8.count > characterLimit,
            let limit = text.index(text.startIndex, offsetBy: characterLimit, limitedBy: text.endIndex),
            limit < text.endIndex
        else { return text }
        var head = text[..<limit]
        if !text[limit].isWhitespace, let space = head.lastIndex(where: \.isWhitespace),
            head.distance(from: head.startIndex, to: space) >= characterLimit / 2
        {
            head = head[..<space]
        }
        while let last = head.last, last.isWhitespace || last == "," || last == ";" || last == ":" { head.removeLast() }
        return head + "…"
    }

    /// A quotation stands in one line: control characters and runs of white space become one space.
    static func flattened(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
        return text.split { $0.isWhitespace || $0.isControl }.joined(separator: " ")
    }
}

extension Character {
    fileprivate var isControl: Bool {
        unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
    }
}
