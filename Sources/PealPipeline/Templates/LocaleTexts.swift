import PealCore

/// One locale's texts, complete. A class, so that making a text passes one reference around.
final class LocaleTexts: Sendable {
    let tag: LanguageTag
    let language: Language
    let actors: CompiledText

    fileprivate struct Pair: Sendable {
        let title: CompiledText
        let message: CompiledText
        let usesMetadata: Bool
    }

    private let types: [String: Pair]
    private let general: Pair?
    private let targets: [String: TargetPhrase]
    private let noTarget: TargetPhrase
    private let otherTarget: TargetPhrase

    /// Types whose title or message is missing are left out.
    ///
    /// - Parameter neutral: fills what the layer has not, without words.
    init(tag: LanguageTag, language: Language, _ layer: LocaleLayer, neutral: NeutralTexts) {
        self.tag = tag
        self.language = language
        actors = layer.actors ?? neutral.actors
        types = layer.types.compactMapValues(Pair.init)
        general = Pair(layer.general)
        targets = layer.targets
        noTarget = layer.noTarget ?? neutral.noTarget
        otherTarget = layer.otherTarget ?? neutral.otherTarget
    }

    var typeNames: [String] { types.keys.sorted() }
    var hasGeneralTexts: Bool { general != nil }

    func hasTexts(for type: String) -> Bool { types[type] != nil }

    func phrase(for targetType: String?) -> TargetPhrase {
        guard let targetType else { return noTarget }
        return targets[targetType] ?? otherTarget
    }

    /// Nil where there are neither texts for the type nor general ones.
    func text(for subject: TextSubject) -> RenderedText? {
        guard let pair = types[subject.type] ?? general else { return nil }
        let values = TextValues(
            subject, self, readsMetadata: pair.usesMetadata || general?.usesMetadata ?? false)
        // A text that says nothing for this event gives way to the general one, and that to the type's name.
        return RenderedText(
            title: Excerpt.flattened(
                Self.text(of: pair.title, values) ?? general.flatMap { Self.text(of: $0.title, values) }
                    ?? subject.type),
            message: Self.text(of: pair.message, values) ?? general.flatMap { Self.text(of: $0.message, values) }
                ?? subject.type)
    }

    private static func text(of template: CompiledText, _ values: borrowing TextValues) -> String? {
        var text = ""
        text.reserveCapacity(96)
        template.write(to: &text, values)
        text = text.trimmed
        return text.isEmpty ? nil : text
    }
}

extension LocaleTexts.Pair {
    fileprivate init?(_ pair: TextPair) {
        guard let (title, message) = pair.complete else { return nil }
        self.init(title: title, message: message, usesMetadata: title.usesMetadata || message.usesMetadata)
    }
}

/// Stands in for the joined names and the targets of a language that has no words for them.
struct NeutralTexts: Sendable {
    let actors: CompiledText
    let noTarget: TargetPhrase
    let otherTarget: TargetPhrase

    init() throws(TemplateMistakes) {
        actors = try CompiledText(
            "{{first}}{{#has_second}}, {{second}}{{/has_second}}{{#has_others}} +{{others}}{{/has_others}}",
            names: .actors)
        noTarget = try TargetPhrase(your: "…", onYour: "…")
        otherTarget = try TargetPhrase(your: "{{target_type}}", onYour: "{{target_type}}")
    }
}
