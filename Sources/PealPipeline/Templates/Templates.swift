public import PealCore

/// The texts of notifications: by type and by the reader's language, with plural forms and agreement.
///
/// A reader's locale is looked up exactly, then by its language, then the default takes its place; a type for which the
/// reader's language has no texts is told in the default language. Texts are plain: nothing is escaped, because nothing
/// becomes HTML here (RULES 46).
public struct Templates: TextRenderer {
    /// What is built in.
    public static let builtInLocales = LocaleSource.all.map(\.tag)

    private let table: LocaleTable
    private let fallback: LocaleTexts

    /// - Parameters:
    ///   - defaultLocale: setting `templates.locale`, for readers whose language is unknown.
    ///   - folder: texts of one's own, which go over those that are built in.
    /// - Throws: all that is wrong with the folder; or that there are no texts for the default locale.
    public init(defaultLocale: String = "pt-BR", folder: TemplateFolder? = nil) throws(TemplateFailure) {
        table = try LocaleTable(folder: folder)
        guard let fallback = table.find(defaultLocale) else {
            let known = table.all.map(\.tag.description).joined(separator: ", ")
            throw TemplateFailure(problems: [
                TemplateProblem("templates.locale", "there are no texts for '\(defaultLocale)'; there are \(known)")
            ])
        }
        guard fallback.hasGeneralTexts else {
            throw TemplateFailure(problems: [
                TemplateProblem(
                    "templates.locale",
                    "the default locale, '\(fallback.tag)', needs _general.title.mustache and _general.message.mustache"
                )
            ])
        }
        self.fallback = fallback
    }

    /// Tags of all locales that there are texts for, in order.
    public var locales: [String] { table.all.map(\.tag.description) }

    public func text(for subject: TextSubject) -> RenderedText {
        localizedText(for: subject).text
    }

    /// The text, and the tag of the locale that it is in.
    public func localizedText(for subject: TextSubject) -> (locale: LanguageTag, text: RenderedText) {
        let wanted = subject.locale.flatMap(table.find) ?? fallback
        let texts = wanted.hasTexts(for: subject.type) || !fallback.hasTexts(for: subject.type) ? wanted : fallback
        if let text = texts.text(for: subject) { return (texts.tag, text) }
        // The default locale has general texts, so that there always is one.
        let text = fallback.text(for: subject) ?? RenderedText(title: subject.type, message: subject.type)
        return (fallback.tag, text)
    }

    /// Which types a locale has no texts for, and what its readers get in their place; a line for each case.
    public var missing: [String] {
        let types = Set(table.all.flatMap(\.typeNames)).sorted()
        return table.all.flatMap { texts in
            let absent = types.filter { !texts.hasTexts(for: $0) }
            return [
                (absent.filter(fallback.hasTexts), "those of \(fallback.tag)"),
                (absent.filter { !fallback.hasTexts(for: $0) }, "general ones"),
            ].filter { !$0.0.isEmpty }.map { types, others in
                "\(texts.tag) has no texts for \(types.joined(separator: ", ")); its readers get \(others)"
            }
        }
    }
}
