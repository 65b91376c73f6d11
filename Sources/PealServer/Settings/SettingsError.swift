/// A setting that cannot be used: one line that names the key, the value, where it came from and what is allowed.
///
/// Ends the program with status 2.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    init(_ setting: any AnySetting, text: String, origin: SettingOrigin, refusal: SettingRefusal) {
        let value = setting.isSecret ? "the value" : "'\(text)'"
        self.init("\(setting.key): \(value) (from \(origin)) \(refusal.reason)")
    }

    init(unknown name: String, in place: String, known: [String]) {
        let advice = Suggestion.nearest(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        self.init("unknown setting '\(name)' \(place)\(advice)")
    }
}

/// The known word that a mistyped one was probably meant to be.
enum Suggestion {
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (distance(word.lowercased(), $0.lowercased()), $0) }
        guard let best = ranked.min(by: { $0 < $1 }), best.0 <= max(2, word.count / 3) else { return nil }
        return best.1
    }

    /// Levenshtein's distance.
    static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let substituted = diagonal + (character == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
