import PealCore
import PealPipeline

extension UserProfile {
    /// Reads a whole profile: what is absent or null is unknown from now on. The locale is kept in its recommended spelling.
    init(user: UserID, json: JSON) throws(Problem) {
        guard let members = json.members else {
            throw Problem(
                ValidationFailure([ValidationProblem("", .wrongType, "a profile must be a JSON object")]))
        }
        self.init(user: user)
        var problems: [ValidationProblem] = []
        for member in members {
            let limit = Self.limits[member.name]
            guard let limit else {
                problems.append(
                    ValidationProblem(String(member.name.prefix(64)), .unknownField, "is not a field of a profile"))
                continue
            }
            if member.value.isNull { continue }
            guard let text = member.value.string else {
                problems.append(ValidationProblem(member.name, .wrongType, "must be a string"))
                continue
            }
            guard text.utf8.count <= limit else {
                problems.append(ValidationProblem(member.name, .tooLong, "must not be longer than \(limit) bytes"))
                continue
            }
            guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                problems.append(ValidationProblem(member.name, .invalid, "must not hold control characters"))
                continue
            }
            set(member.name, to: text.isEmpty ? nil : text)
        }
        if let email, !Self.looksLikeAddress(email) {
            problems.append(ValidationProblem("email", .invalid, "must be an e-mail address"))
        }
        if let locale {
            if let tag = LanguageTag(locale) {
                self.locale = tag.description
            } else {
                problems.append(ValidationProblem("locale", .invalid, ValidationProblem.localeAdvice))
            }
        }
        if let timezone, !TimeZoneName.exists(timezone) {
            problems.append(ValidationProblem("timezone", .invalid, TimeZoneName.advice))
        }
        guard problems.isEmpty else { throw Problem(ValidationFailure(problems)) }
    }

    private static let limits = ["name": 255, "email": 254, "locale": LanguageTag.byteLimit, "timezone": 64]

    private mutating func set(_ field: String, to text: String?) {
        switch field {
        case "name": name = text
        case "email": email = text
        case "locale": locale = text
        default: timezone = text
        }
    }

    private static func looksLikeAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains(" ")
    }
}
