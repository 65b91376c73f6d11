/// Why a template cannot be used, and where.
struct TemplateMistake: Error, Sendable, Equatable {
    /// From 1.
    let line: Int
    let message: String
}

/// All that is wrong with one template, in the order of its lines.
struct TemplateMistakes: Error, Sendable, Equatable {
    let list: [TemplateMistake]
}

/// Reads the part of Mustache that needs no program: variables, sections, inverted sections and comments.
///
/// A tag of a section or a comment that has a line to itself leaves no line behind, as mustache(5) has it. Partials,
/// blocks, changed delimiters and lambdas are refused, because there is nothing that they could refer to.
struct TemplateParser {
    typealias Node = CompiledText.Node

    private let names: TemplateNames
    private var source: TemplateSource
    private var mistakes: [TemplateMistake] = []

    /// Deeper sections are refused: no text needs them, and the stack is finite.
    private static let depthLimit = 16

    static func parse(_ text: String, names: TemplateNames) throws(TemplateMistakes) -> [Node] {
        var parser = TemplateParser(names: names, source: TemplateSource(text))
        let nodes = parser.document()
        guard parser.mistakes.isEmpty else { throw TemplateMistakes(list: parser.mistakes) }
        return nodes
    }

    private init(names: TemplateNames, source: TemplateSource) {
        self.names = names
        self.source = source
    }

    private mutating func document() -> [Node] {
        do throws(TemplateMistake) {
            return try nodes(inside: nil, depth: 0)
        } catch {
            mistakes.append(error)
            return []
        }
    }

    /// Up to the end of the section that is open, or of the template.
    private mutating func nodes(inside open: TemplateTag?, depth: Int) throws(TemplateMistake) -> [Node] {
        guard depth <= Self.depthLimit else {
            throw TemplateMistake(line: source.line, message: "sections are nested deeper than \(Self.depthLimit)")
        }
        var nodes: [Node] = []
        var text = LiteralText()
        while let piece = try source.next() {
            guard case .tag(let tag) = piece else {
                if case .byte(let byte) = piece { text.append(byte) }
                continue
            }
            if tag.kind != .variable, source.leaveLine(of: tag) { text.dropIndentation() }
            switch tag.kind {
            case .comment: break
            case .variable:
                text.flush(into: &nodes)
                if let variable = variable(tag) { nodes.append(.variable(variable)) }
            case .section, .inverted:
                text.flush(into: &nodes)
                let condition = condition(tag)
                let inner = try self.nodes(inside: tag, depth: depth + 1)
                if let condition { nodes.append(.section(condition, shown: tag.kind == .section, inner)) }
            case .end:
                text.flush(into: &nodes)
                guard let open else { throw tag.mistake("'\(tag.name)' is closed, but no section is open") }
                guard open.name == tag.name else {
                    throw tag.mistake("'\(tag.name)' is closed, but '\(open.name)' of line \(open.line) is open")
                }
                return nodes
            }
        }
        if let open { throw open.mistake("section '\(open.name)' is not closed") }
        text.flush(into: &nodes)
        return nodes
    }

    private mutating func variable(_ tag: TemplateTag) -> TemplateVariable? {
        if let variable = names.variable(tag.name) { return variable }
        if names.condition(tag.name) != nil {
            mistakes.append(tag.mistake("'\(tag.name)' is a section: {{#\(tag.name)}}…{{/\(tag.name)}}"))
        } else {
            let known = names.variables.keys.sorted().joined(separator: ", ")
            let more = names.hasMetadata ? " and metadata.NAME" : ""
            mistakes.append(tag.mistake("there is no variable '\(tag.name)'; there are \(known)\(more)"))
        }
        return nil
    }

    private mutating func condition(_ tag: TemplateTag) -> TemplateCondition? {
        if let condition = names.condition(tag.name) { return condition }
        let known = (names.conditions.keys.sorted() + names.variables.keys.sorted()).joined(separator: ", ")
        mistakes.append(tag.mistake("there is no section '\(tag.name)'; there are \(known)"))
        return nil
    }
}

/// What stands between two tags.
private struct LiteralText {
    private var bytes: [UInt8] = []

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// Takes back the space before a tag that has its line to itself.
    mutating func dropIndentation() {
        while let last = bytes.last, last.isBlank { bytes.removeLast() }
    }

    mutating func flush(into nodes: inout [CompiledText.Node]) {
        guard !bytes.isEmpty else { return }
        nodes.append(.literal(String(decoding: bytes, as: UTF8.self)))
        bytes.removeAll(keepingCapacity: true)
    }
}
