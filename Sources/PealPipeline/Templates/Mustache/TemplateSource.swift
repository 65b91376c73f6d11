/// One `{{…}}`.
struct TemplateTag: Sendable, Equatable {
    enum Kind: Sendable {
        case variable, section, inverted, end, comment
    }

    let kind: Kind
    let name: String
    let line: Int
    /// Its bytes in the source.
    let range: Range<Int>

    func mistake(_ message: String) -> TemplateMistake { TemplateMistake(line: line, message: message) }
}

/// A template's text, taken piece by piece.
struct TemplateSource {
    enum Piece {
        case byte(UInt8)
        case tag(TemplateTag)
    }

    private let bytes: [UInt8]
    private var index = 0
    /// Of what comes next, from 1.
    private(set) var line = 1

    /// Lines may end as on Unix or as on Windows.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.bytes = bytes.indices.filter { index in
            bytes[index] != .carriageReturn || index + 1 == bytes.count || bytes[index + 1] != .newline
        }.map { bytes[$0] }
    }

    /// Nil at the end.
    mutating func next() throws(TemplateMistake) -> Piece? {
        guard index < bytes.count else { return nil }
        guard has("{{", at: index) else {
            let byte = bytes[index]
            if byte == .newline { line += 1 }
            index += 1
            return .byte(byte)
        }
        return .tag(try tag())
    }

    /// Where nothing else stands in the line of a tag that was just taken, goes on behind that line.
    mutating func leaveLine(of tag: TemplateTag) -> Bool {
        var start = tag.range.lowerBound
        while start > 0, bytes[start - 1].isBlank { start -= 1 }
        guard start == 0 || bytes[start - 1] == .newline else { return false }
        var end = tag.range.upperBound
        while end < bytes.count, bytes[end].isBlank { end += 1 }
        guard end < bytes.count else {
            index = end
            return true
        }
        guard bytes[end] == .newline else { return false }
        index = end + 1
        line += 1
        return true
    }

    /// `{{{name}}}` and `{{&name}}` are `{{name}}` here: nothing is escaped either way.
    private mutating func tag() throws(TemplateMistake) -> TemplateTag {
        let (start, startLine) = (index, line)
        let isTriple = has("{{{", at: start)
        let closing: StaticString = isTriple ? "}}}" : "}}"
        var end = start + (isTriple ? 3 : 2)
        let contentStart = end
        while end < bytes.count, !has(closing, at: end) {
            if bytes[end] == .newline { line += 1 }
            end += 1
        }
        guard end < bytes.count else {
            throw TemplateMistake(line: startLine, message: "a tag is not closed: \(closing) is missing")
        }
        let content = String(decoding: bytes[contentStart..<end], as: UTF8.self)
        index = end + closing.utf8CodeUnitCount
        return try Self.tag(content, isTriple: isTriple, line: startLine, range: start..<index)
    }

    private static func tag(
        _ content: String, isTriple: Bool, line: Int, range: Range<Int>
    ) throws(TemplateMistake) -> TemplateTag {
        let kinds: [Character: TemplateTag.Kind] = [
            "#": .section, "^": .inverted, "/": .end, "!": .comment, "&": .variable,
        ]
        let text = content.drop(while: \.isWhitespace)
        let kind = isTriple ? nil : text.first.flatMap { kinds[$0] }
        var name = kind == nil ? text : text.dropFirst().drop(while: \.isWhitespace)
        while let last = name.last, last.isWhitespace { name.removeLast() }
        if kind == .comment { return TemplateTag(kind: .comment, name: "", line: line, range: range) }
        guard let first = name.first else { throw TemplateMistake(line: line, message: "a tag has no name") }
        guard !"><$=%*#^/!&".contains(first) else {
            throw TemplateMistake(
                line: line,
                message: "'{{\(first)' cannot be used here: partials, blocks and other delimiters are not understood")
        }
        return TemplateTag(kind: kind ?? .variable, name: String(name), line: line, range: range)
    }

    private func has(_ text: StaticString, at start: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        return start + count <= bytes.count
            && bytes[start..<start + count].elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")

    /// White space within a line.
    var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
