/// One language's texts as Mustache templates, before they are compiled.
///
/// Variables: `actors` (the joined names), `your_target`, `on_your_target`, `excerpt`, `count`. Sections: `has_actor`,
/// `is_group` (several actors), `has_excerpt`. The `actors` template knows `first`, `second`, `others` (how many more
/// there are), `has_second`, `has_others`, and `others_one`, `others_many`, `others_other` by plural category.
struct LocaleSource {
    let tag: String
    let plural: PluralRule
    /// Between groups of three digits.
    let groupSeparator: Character
    let actors: String
    let types: [String: TextSource]
    /// For types without a template of their own.
    let general: TextSource
    /// By `target_type`.
    let targets: [String: TargetPhrase]
    /// Where an event names no target.
    let someTarget: TargetPhrase
    /// Put before a `target_type` that is not among ``targets``.
    let unknownTarget: TargetPhrase
}

struct TextSource {
    let title: String
    let message: String
}

/// A target with its possessive, as an object and with the preposition that `on` takes.
struct TargetPhrase: Sendable {
    let your: String
    let onYour: String
}
