/// One of the languages that are built in, as it was written.
struct LocaleSource {
    let tag: String
    let actors: String
    let types: [String: TextSource]
    let general: TextSource
    /// By `target_type`.
    let targets: [String: PhraseSource]
    let noTarget: PhraseSource
    let otherTarget: PhraseSource

    /// Every language that is built in.
    static let all = [portuguese, english, spanish]

    func compiled() throws(TemplateMistakes) -> LocaleLayer {
        var layer = LocaleLayer()
        layer.actors = try CompiledText(actors, names: .actors)
        for (type, source) in types { layer.types[type] = try source.compiled() }
        layer.general = try general.compiled()
        for (type, source) in targets { layer.targets[type] = try source.compiled() }
        layer.noTarget = try noTarget.compiled()
        layer.otherTarget = try otherTarget.compiled()
        return layer
    }
}

struct TextSource {
    let title: String
    let message: String

    func compiled() throws(TemplateMistakes) -> TextPair {
        TextPair(title: try CompiledText(title), message: try CompiledText(message))
    }
}

struct PhraseSource {
    let your: String
    let onYour: String

    func compiled() throws(TemplateMistakes) -> TargetPhrase { try TargetPhrase(your: your, onYour: onYour) }
}
