import PealCore

/// One event as templates ask about it: what a variable shows, and whether a section is shown.
struct TextValues: Sendable {
    /// Who is named, and how.
    private enum People {
        case none, one, two
        /// The newest is named; so many others are counted.
        case more(Int)
    }

    private let subject: TextSubject
    private let locale: LocaleTexts
    private let people: People
    private let count: Int
    private let excerpt: String
    private let metadata: JSON

    /// - Parameter readsMetadata: whether any template that is to be filled asks for it.
    init(_ subject: TextSubject, _ locale: LocaleTexts, readsMetadata: Bool) {
        self.subject = subject
        self.locale = locale
        count = max(subject.actorCount, subject.actors.count)
        people =
            switch (count, subject.actors.count) {
            case (_, 0): .none
            case (1, _): .one
            case (2, 2...): .two
            default: .more(count - 1)
            }
        excerpt = subject.excerpt.map(Excerpt.shortened) ?? ""
        metadata = readsMetadata ? (try? JSON.parse(subject.metadata.utf8)) ?? .null : .null
    }

    func write(_ variable: TemplateVariable, to text: inout String) {
        switch variable {
        case .actors: writeActors(to: &text)
        case .first: text += subject.actors.first?.displayName ?? ""
        case .second: text += second ?? ""
        case .others: if case .more(let others) = people { text += locale.language.grouped(others) }
        case .count: text += locale.language.grouped(count)
        case .excerpt: text += excerpt
        case .yourTarget: locale.phrase(for: subject.targetType).your.write(to: &text, self)
        case .onYourTarget: locale.phrase(for: subject.targetType).onYour.write(to: &text, self)
        case .targetType: text += subject.targetType ?? ""
        case .targetID: text += subject.targetID ?? ""
        case .metadata(let path): text += Self.text(of: member(at: path))
        }
    }

    func holds(_ condition: TemplateCondition) -> Bool {
        switch condition {
        case .hasActor: if case .none = people { false } else { true }
        case .isGroup:
            switch people {
            case .none, .one: false
            case .two, .more: true
            }
        case .hasSecond: if case .two = people { true } else { false }
        case .hasOthers: if case .more = people { true } else { false }
        case .hasExcerpt: !excerpt.isEmpty
        case .hasTarget: subject.targetType != nil
        case .secondBeginsWithI: second.map(SpanishSpelling.beginsWithSoundOfI) ?? false
        case .others(let category):
            if case .more(let others) = people {
                locale.language.plural.category(of: others) == category
            } else {
                false
            }
        case .count(let category): locale.language.plural.category(of: count) == category
        case .present(let variable): isPresent(variable)
        }
    }

    private var second: String? {
        guard case .two = people else { return nil }
        return subject.actors[1].displayName
    }

    private func writeActors(to text: inout String) {
        if case .none = people { return }
        var names = ""
        locale.actors.write(to: &names, self)
        // Written over several lines it is one line all the same.
        text += Excerpt.flattened(names.trimmed)
    }

    /// As in Mustache nothing, `false` and what is empty count as absent; 0 is there.
    private func isPresent(_ variable: TemplateVariable) -> Bool {
        guard case .metadata(let path) = variable else {
            var text = ""
            write(variable, to: &text)
            return !text.isEmpty
        }
        switch member(at: path) {
        case nil, .null, .bool(false): return false
        case .string(let text): return !text.isEmpty
        case .array(let elements): return !elements.isEmpty
        case .bool, .number, .object: return true
        }
    }

    private func member(at path: [String]) -> JSON? {
        path.reduce(metadata) { $0?[$1] }
    }

    /// In the length of a quotation, because nobody has checked how long a producer's text is. What has parts has no text.
    private static func text(of value: JSON?) -> String {
        switch value {
        case .string(let text): Excerpt.shortened(text)
        case .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case nil, .null, .array, .object: ""
        }
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        guard let first = utf8.first, let last = utf8.last, first <= 0x20 || last <= 0x20 else { return self }
        var text = drop(while: \.isWhitespace)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}

/// What depends on how a name sounds.
enum SpanishSpelling {
    /// Before the sound of i, *y* becomes *e*: `Ana e Inés`, `Ana e Hilda`, `Ana e Yvonne`; but `Ana y Ian`, where the i begins
    /// a diphthong (RAE, Diccionario panhispánico de dudas, «y»).
    static func beginsWithSoundOfI(_ name: String) -> Bool {
        var letters = name.lowercased().unicodeScalars[...]
        if letters.first == "h" { letters = letters.dropFirst() }
        let next = letters.dropFirst().first
        switch letters.first {
        case "í": return true
        case "i": return next.map { !vowels.contains($0) } ?? true
        case "y": return next.map { $0.properties.isAlphabetic && !vowels.contains($0) } ?? false
        default: return false
        }
    }

    private static let vowels: Set<Unicode.Scalar> = ["a", "e", "o", "u", "á", "é", "ó", "ú"]
}
