import PealCore

/// Texts of one language or region, compiled; not all of them need to be there. Layers are laid on each other: what is built
/// in lies lowest, then what a folder has for the language, then what it has for the region.
struct LocaleLayer: Sendable {
    var actors: CompiledText?
    var types: [String: TextPair] = [:]
    /// For types that have no texts of their own.
    var general = TextPair()
    /// By `target_type`.
    var targets: [String: TargetPhrase] = [:]
    /// Where an event names no target.
    var noTarget: TargetPhrase?
    /// Where the type of a target is not among ``targets``.
    var otherTarget: TargetPhrase?

    /// These texts, and where they are silent those beneath.
    func over(_ lower: LocaleLayer) -> LocaleLayer {
        LocaleLayer(
            actors: actors ?? lower.actors,
            types: types.merging(lower.types) { upper, lower in upper.over(lower) },
            general: general.over(lower.general),
            targets: targets.merging(lower.targets) { upper, _ in upper },
            noTarget: noTarget ?? lower.noTarget,
            otherTarget: otherTarget ?? lower.otherTarget)
    }
}

/// A type's texts.
struct TextPair: Sendable {
    var title: CompiledText?
    var message: CompiledText?

    func over(_ lower: TextPair) -> TextPair {
        TextPair(title: title ?? lower.title, message: message ?? lower.message)
    }

    /// Nil while one is missing.
    var complete: (title: CompiledText, message: CompiledText)? {
        guard let title, let message else { return nil }
        return (title, message)
    }
}

/// A target as its owner is told of it: as an object (*your photo*), and as the place where something was done (*on your
/// photo*).
struct TargetPhrase: Sendable {
    let your: CompiledText
    let onYour: CompiledText

    init(your: String, onYour: String) throws(TemplateMistakes) {
        self.your = try CompiledText(your, names: .target)
        self.onYour = try CompiledText(onYour, names: .target)
    }
}
