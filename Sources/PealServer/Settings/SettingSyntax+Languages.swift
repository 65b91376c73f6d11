import PealCore

extension SettingSyntax where Value == String {
    /// A language tag (BCP 47), kept in its recommended spelling.
    static var languageTag: Self {
        Self(
            allowed: "a language tag such as pt-BR, en or es", reading: { LanguageTag($0)?.description }, write: { $0 })
    }
}
