/// The forms that a language has for numbers of things (Unicode CLDR, Language Plural Rules).
enum PluralCategory: String, CaseIterable {
    case one, many, other
}

/// The cardinal rules of the languages that are built in, for whole numbers.
enum PluralRule {
    case portuguese, english

    func category(of number: Int) -> PluralCategory {
        switch self {
        case .english: number == 1 ? .one : .other
        case .portuguese:
            if number == 0 || number == 1 {
                .one
            } else if number % 1_000_000 == 0 {
                .many
            } else {
                .other
            }
        }
    }
}
