import PealCore

extension FieldReader {
    /// A language tag in its recommended spelling.
    mutating func locale(_ json: JSON, _ field: String) -> String? {
        guard let text = text(json, field, limit: LanguageTag.byteLimit, allowsLines: false) else { return nil }
        if let tag = LanguageTag(text) { return tag.description }
        report(field, .invalid, ValidationProblem.localeAdvice)
        return nil
    }

    /// An object, as compact text; nil where there is none.
    mutating func metadata(_ json: JSON, _ field: String) -> String? {
        if json.isNull { return nil }
        guard json.members != nil else {
            report(field, .wrongType, "must be an object")
            return nil
        }
        let text = json.text
        guard text.utf8.count <= EventRequest.Limit.metadata else {
            report(field, .tooLong, "must not be longer than \(EventRequest.Limit.metadata) bytes")
            return nil
        }
        return text
    }
}

extension ValidationProblem {
    /// For whatever should be a language tag.
    public static let localeAdvice = "must be a language tag such as pt-BR, es or zh-Hant (BCP 47)"
}
