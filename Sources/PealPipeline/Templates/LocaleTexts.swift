import Mustache
import PealCore

/// One language's texts, compiled.
struct LocaleTexts: Sendable {
    private struct TypeTexts: Sendable {
        /// By ``Shape/index``.
        let titles: [CompiledText]
        let messages: [CompiledText]

        init(_ source: TextSource) throws {
            let title = try MustacheTemplate(string: source.title)
            let message = try MustacheTemplate(string: source.message)
            titles = Shape.all.map { CompiledText(title, showing: $0.sections) }
            messages = Shape.all.map { CompiledText(message, showing: $0.sections) }
        }
    }

    private let types: [String: TypeTexts]
    private let general: TypeTexts
    private let oneActor: CompiledText
    private let twoActors: CompiledText
    private let moreActors: [PluralCategory: CompiledText]
    private let source: LocaleSource

    init(_ source: LocaleSource) throws {
        self.source = source
        types = try source.types.mapValues(TypeTexts.init)
        general = try TypeTexts(source.general)
        let actors = try MustacheTemplate(string: source.actors)
        oneActor = CompiledText(actors, showing: [])
        twoActors = CompiledText(actors, showing: ["has_second"])
        moreActors = Dictionary(
            uniqueKeysWithValues: PluralCategory.allCases.map { category in
                (category, CompiledText(actors, showing: ["has_others", "others_\(category.rawValue)"]))
            })
    }

    func text(for subject: TextSubject) -> RenderedText {
        let excerpt = subject.excerpt.map(Excerpt.shortened)
        let shape = Shape(subject)
        let texts = types[subject.type] ?? general
        return RenderedText(
            title: render(texts.titles[shape.index], subject, excerpt),
            message: render(texts.messages[shape.index], subject, excerpt))
    }

    private func render(_ template: CompiledText, _ subject: TextSubject, _ excerpt: String?) -> String {
        if template.segments.count == 1, case .literal(let text) = template.segments[0] { return text }
        var text = ""
        text.reserveCapacity(96)
        template.write(to: &text) { slot, text in
            switch slot {
            case .actors: writeActors(subject, to: &text)
            case .count: text += grouped(subject.actorCount)
            case .excerpt: text += excerpt ?? ""
            case .yourTarget: writeTarget(subject.targetType, \.your, to: &text)
            case .onYourTarget: writeTarget(subject.targetType, \.onYour, to: &text)
            case .first, .second, .others: break
            }
        }
        return text
    }

    private func writeActors(_ subject: TextSubject, to text: inout String) {
        let others = max(subject.actorCount, subject.actors.count) - 1
        let template: CompiledText? =
            switch (others, subject.actors.count) {
            case (0, _): oneActor
            case (1, 2...): twoActors
            default: moreActors[source.plural.category(of: others)]
            }
        template?.write(to: &text) { slot, text in
            switch slot {
            case .first: text += subject.actors.first?.displayName ?? ""
            case .second: text += subject.actors.dropFirst().first?.displayName ?? ""
            case .others: text += grouped(others)
            default: break
            }
        }
    }

    private func writeTarget(_ type: String?, _ form: KeyPath<TargetPhrase, String>, to text: inout String) {
        guard let type else { return text += source.someTarget[keyPath: form] }
        if let known = source.targets[type] { return text += known[keyPath: form] }
        text += source.unknownTarget[keyPath: form]
        text += type
    }

    private func grouped(_ number: Int) -> String {
        let digits = String(number)
        guard digits.utf8.count > 3 else { return digits }
        var text = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.utf8.count - position) % 3 == 0 { text.append(source.groupSeparator) }
            text.append(digit)
        }
        return text
    }
}

/// What decides which sections of a template are shown.
private struct Shape {
    enum Actors: Int, CaseIterable {
        case none, one, several
    }

    let actors: Actors
    let hasExcerpt: Bool

    /// In the order of ``index``.
    static let all = Actors.allCases.flatMap { actors in
        [false, true].map { Self(actors: actors, hasExcerpt: $0) }
    }

    init(actors: Actors, hasExcerpt: Bool) {
        self.actors = actors
        self.hasExcerpt = hasExcerpt
    }

    init(_ subject: TextSubject) {
        actors = subject.actors.isEmpty ? .none : max(subject.actorCount, subject.actors.count) > 1 ? .several : .one
        hasExcerpt = subject.excerpt?.isEmpty == false
    }

    var index: Int { actors.rawValue * 2 + (hasExcerpt ? 1 : 0) }

    var sections: Set<String> {
        var sections: Set<String> = []
        if actors != .none { sections.insert("has_actor") }
        if actors == .several { sections.insert("is_group") }
        if hasExcerpt { sections.insert("has_excerpt") }
        return sections
    }
}
