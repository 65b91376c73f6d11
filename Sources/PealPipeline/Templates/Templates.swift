public import PealCore

/// The texts of notifications: by type and by the reader's language, with plural forms and agreement.
///
/// A locale is looked up exactly, then by its language, then the default takes its place. Texts are plain: nothing is
/// escaped, because nothing becomes HTML (RULES 46).
public struct Templates: TextRenderer {
    /// Why templates could not be made.
    public struct UnknownLocale: Error, CustomStringConvertible {
        public let locale: String
        public var description: String { "there are no texts for \(locale); there are \(Templates.locales)" }
    }

    /// What is built in.
    public static let locales = sources.map(\.tag)

    private static let sources = [LocaleSource.portuguese, .english]

    /// By tag in lower case; languages of their own too.
    private let locales: [String: LocaleTexts]
    private let fallback: LocaleTexts

    /// - Parameter defaultLocale: setting `templates.locale`, for readers whose language is unknown.
    public init(defaultLocale: String = "pt-BR") throws {
        var locales: [String: LocaleTexts] = [:]
        for source in Self.sources {
            let texts = try LocaleTexts(source)
            for tag in [source.tag, Self.normalized(source.tag), Self.language(of: source.tag)] {
                locales[tag] = texts
            }
        }
        self.locales = locales
        guard let fallback = Self.find(defaultLocale, in: locales) else {
            throw UnknownLocale(locale: defaultLocale)
        }
        self.fallback = fallback
    }

    public func text(for subject: TextSubject) -> RenderedText {
        (subject.locale.flatMap { Self.find($0, in: locales) } ?? fallback).text(for: subject)
    }

    private static func find(_ locale: String, in locales: [String: LocaleTexts]) -> LocaleTexts? {
        if let exact = locales[locale] { return exact }
        let tag = normalized(locale)
        return locales[tag] ?? locales[language(of: tag)]
    }

    /// `PT_br` and `pt-BR` are the same tag (RFC 5646 §2.1.1).
    private static func normalized(_ tag: String) -> String {
        String(tag.lowercased().map { $0 == "_" ? "-" : $0 })
    }

    private static func language(of tag: String) -> String {
        String(tag.prefix { $0 != "-" && $0 != "_" }).lowercased()
    }
}
