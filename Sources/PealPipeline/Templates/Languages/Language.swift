import PealCore

/// What Peal knows of a language besides its texts: how it counts, and how it writes large numbers (Unicode CLDR 48).
///
/// Texts can be written for these languages; for another, its line in the table has to be added.
struct Language: Sendable, Equatable {
    let plural: PluralRule
    /// Between groups of three digits.
    let separator: String
    /// How many digits must stand before the first separator: with 2, `1000` has none and `10.000` has one.
    let minimumGrouping: Int

    /// By the tag itself, else by what it begins with; nil where the language is not known.
    init?(_ tag: LanguageTag) {
        var candidate: LanguageTag? = tag
        while let current = candidate {
            if let language = Self.table[current.description] {
                self = language
                return
            }
            candidate = current.parent
        }
        return nil
    }

    /// Tags of all languages that are known, in order.
    static var known: [String] { table.keys.sorted() }

    private init(_ plural: PluralRule, _ separator: String, from minimumGrouping: Int = 1) {
        self.plural = plural
        self.separator = separator
        self.minimumGrouping = minimumGrouping
    }

    /// The digits are the European ones everywhere: readers of all these languages know them.
    func grouped(_ number: Int) -> String {
        let digits = String(number)
        let count = digits.utf8.count
        guard count >= 3 + minimumGrouping else { return digits }
        var text = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (count - position) % 3 == 0 { text += separator }
            text.append(digit)
        }
        return text
    }

    private static let space = "\u{A0}"
    private static let narrowSpace = "\u{202F}"

    private static let table: [String: Language] = [
        "af": Self(.english, space), "ar": Self(.arabic, ","), "az": Self(.english, "."),
        "be": Self(.russian, space, from: 2), "bg": Self(.english, space, from: 2), "bs": Self(.serbian, "."),
        "ca": Self(.italian, "."), "cs": Self(.czech, space), "da": Self(.english, "."), "de": Self(.english, "."),
        "de-AT": Self(.english, space), "de-CH": Self(.english, "'"), "el": Self(.english, "."),
        "en": Self(.english, ","), "es": Self(.italian, ".", from: 2), "es-419": Self(.italian, ","),
        "es-AR": Self(.italian, "."), "es-MX": Self(.italian, ","), "es-US": Self(.italian, ","),
        "et": Self(.english, space, from: 2), "eu": Self(.english, "."), "fa": Self(.persian, ","),
        "fi": Self(.english, space), "fr": Self(.french, narrowSpace), "gl": Self(.english, "."),
        "he": Self(.hebrew, ","), "hr": Self(.serbian, "."), "hu": Self(.english, space, from: 2),
        "id": Self(.japanese, "."), "is": Self(.icelandic, "."), "it": Self(.italian, ".", from: 2),
        "ja": Self(.japanese, ","), "ko": Self(.japanese, ","), "lt": Self(.lithuanian, space),
        "lv": Self(.latvian, space, from: 2), "mk": Self(.icelandic, "."), "ms": Self(.japanese, ","),
        "nb": Self(.english, space), "nl": Self(.english, "."), "nn": Self(.english, space),
        "no": Self(.english, space), "pl": Self(.polish, space, from: 2), "pt": Self(.french, "."),
        "pt-PT": Self(.italian, space, from: 2), "ro": Self(.romanian, "."), "ru": Self(.russian, space),
        "sk": Self(.czech, space), "sl": Self(.slovenian, ".", from: 2), "sq": Self(.english, space, from: 2),
        "sr": Self(.serbian, "."), "sv": Self(.english, space), "sw": Self(.english, ","), "th": Self(.japanese, ","),
        "tr": Self(.english, "."), "uk": Self(.russian, space), "ur": Self(.english, ","), "vi": Self(.japanese, "."),
        "zh": Self(.japanese, ","),
    ]
}
