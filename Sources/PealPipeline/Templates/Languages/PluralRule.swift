/// The forms that a language may have for numbers of things (Unicode CLDR, Language Plural Rules).
enum PluralCategory: String, CaseIterable, Sendable {
    case zero, one, two, few, many, other
}

/// The cardinal rules of CLDR for whole numbers, each named after a language that has it.
///
/// Peal counts people, so what the rules say about fractions and about compact numbers (`1M`) is left out.
enum PluralRule: Sendable {
    case arabic, czech, english, french, hebrew, icelandic, italian, japanese, latvian, lithuanian, persian, polish
    case romanian, russian, serbian, slovenian

    /// - Parameter number: not negative.
    func category(of number: Int) -> PluralCategory {
        let (ones, hundreds) = (number % 10, number % 100)
        switch self {
        case .japanese: return .other
        case .english: return number == 1 ? .one : .other
        case .persian: return number <= 1 ? .one : .other
        case .icelandic: return ones == 1 && hundreds != 11 ? .one : .other
        case .italian: return number == 1 ? .one : Self.isWholeMillions(number) ? .many : .other
        case .french: return number <= 1 ? .one : Self.isWholeMillions(number) ? .many : .other
        case .hebrew: return number == 1 ? .one : number == 2 ? .two : .other
        case .czech: return number == 1 ? .one : (2...4).contains(number) ? .few : .other
        case .polish: return number == 1 ? .one : Self.endsInTwoToFour(number) ? .few : .many
        case .russian: return Self.slavic(number) ?? .many
        case .serbian: return Self.slavic(number) ?? .other
        case .romanian: return number == 1 ? .one : number == 0 || (1...19).contains(hundreds) ? .few : .other
        case .slovenian:
            return hundreds == 1 ? .one : hundreds == 2 ? .two : (3...4).contains(hundreds) ? .few : .other
        case .lithuanian:
            if (11...19).contains(hundreds) || ones == 0 { return .other }
            return ones == 1 ? .one : .few
        case .latvian:
            if ones == 0 || (11...19).contains(hundreds) { return .zero }
            return ones == 1 ? .one : .other
        case .arabic:
            switch number {
            case 0: return .zero
            case 1: return .one
            case 2: return .two
            default: return (3...10).contains(hundreds) ? .few : hundreds >= 11 ? .many : .other
            }
        }
    }

    /// What the rule can answer, in CLDR's order.
    var categories: [PluralCategory] {
        switch self {
        case .japanese: [.other]
        case .english, .persian, .icelandic: [.one, .other]
        case .italian, .french: [.one, .many, .other]
        case .hebrew: [.one, .two, .other]
        case .czech, .serbian, .romanian, .lithuanian: [.one, .few, .other]
        case .polish, .russian: [.one, .few, .many]
        case .slovenian: [.one, .two, .few, .other]
        case .latvian: [.zero, .one, .other]
        case .arabic: PluralCategory.allCases
        }
    }

    /// 1 000 000 takes *de* in Romance languages: `1.000.000 de pessoas`.
    private static func isWholeMillions(_ number: Int) -> Bool { number > 0 && number % 1_000_000 == 0 }

    private static func endsInTwoToFour(_ number: Int) -> Bool {
        (2...4).contains(number % 10) && !(12...14).contains(number % 100)
    }

    /// 1, 21, 31 … and 2–4, 22–24 …; nil for the rest.
    private static func slavic(_ number: Int) -> PluralCategory? {
        if number % 10 == 1, number % 100 != 11 { return .one }
        return endsInTwoToFour(number) ? .few : nil
    }
}
