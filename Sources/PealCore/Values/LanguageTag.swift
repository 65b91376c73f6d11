/// Names a language, and where it matters a script and a region: `pt-BR`, `zh-Hant-TW` (BCP 47, RFC 5646 §2.1).
///
/// Kept in the spelling that RFC 5646 §2.1.1 recommends, so that `PT_br` and `pt-BR` are the same value.
public struct LanguageTag: Sendable, Hashable, CustomStringConvertible {
    /// The recommended spelling.
    public let description: String

    /// The longest tag that is taken: the longest that RFC 5646 §4.4.1 expects in practice.
    public static let byteLimit = 35

    /// Takes letters of either case, and `_` for `-` as POSIX locales have it.
    ///
    /// - Returns: nil where the text has another form; and for languages of more than three letters, of which none is
    ///   registered: who writes `english` means `en`.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.byteLimit else { return nil }
        let subtags = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }.map { $0.lowercased() }
        var form = TagForm()
        for subtag in subtags {
            guard form.takes(subtag) else { return nil }
        }
        guard form.isComplete else { return nil }
        description = Self.spelling(of: subtags)
    }

    /// The first subtag: `pt` of `pt-BR`.
    public var language: String { String(description.prefix { $0 != "-" }) }

    /// The tag without its last subtag, and without a singleton that would then be the last (RFC 4647 §3.4); nil for a
    /// language alone.
    public var parent: LanguageTag? {
        var subtags = description.split(separator: "-").dropLast()
        if subtags.last?.utf8.count == 1 { subtags = subtags.dropLast() }
        return subtags.isEmpty ? nil : LanguageTag(spelled: subtags.joined(separator: "-"))
    }

    private init(spelled description: String) { self.description = description }

    private static func spelling(of subtags: [String]) -> String {
        var isAfterSingleton = false
        var spelled: [String] = []
        for (index, subtag) in subtags.enumerated() {
            isAfterSingleton = isAfterSingleton || subtag.utf8.count == 1
            switch subtag.utf8.count {
            case _ where index == 0 || isAfterSingleton: spelled.append(subtag)
            case 2: spelled.append(subtag.uppercased())
            case 4 where subtag.utf8.first.map { $0.isLowercaseLetter } ?? false:
                spelled.append(subtag.prefix(1).uppercased() + subtag.dropFirst())
            default: spelled.append(subtag)
            }
        }
        return spelled.joined(separator: "-")
    }
}

/// Reads a tag subtag by subtag, in lower case: which kinds may come next.
private struct TagForm {
    private enum Stage: Int, Comparable {
        case start, language, extendedLanguage, script, region, variant, singleton, extended, privateUse, privateSubtag

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private var stage = Stage.start
    private var extendedLanguages = 0

    var isComplete: Bool { stage != .start && stage != .singleton && stage != .privateUse }

    mutating func takes(_ subtag: String) -> Bool {
        guard let next = stage(of: Array(subtag.utf8)) else { return false }
        stage = next
        return true
    }

    private mutating func stage(of bytes: [UInt8]) -> Stage? {
        guard (1...8).contains(bytes.count), bytes.allSatisfy({ $0.isLowercaseLetter || $0.isDigit }) else {
            return nil
        }
        let isWord = bytes.allSatisfy(\.isLowercaseLetter)
        if stage == .start { return isWord && (2...3).contains(bytes.count) ? .language : nil }
        if stage >= .privateUse { return .privateSubtag }
        if bytes.count == 1 {
            if stage == .singleton { return nil }
            return bytes[0] == UInt8(ascii: "x") ? .privateUse : .singleton
        }
        if stage >= .singleton { return .extended }
        switch bytes.count {
        case 3 where isWord && stage <= .extendedLanguage && extendedLanguages < 3:
            extendedLanguages += 1
            return .extendedLanguage
        case 4 where isWord && stage < .script: return .script
        case 2 where isWord && stage < .region: return .region
        case 3 where bytes.allSatisfy(\.isDigit) && stage < .region: return .region
        case 5...8: return .variant
        case 4 where bytes[0].isDigit: return .variant
        default: return nil
        }
    }
}

extension UInt8 {
    fileprivate var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
