public import PealCore

/// What a link is asked for, to get rid of which e-mail, and where its readers reach Peal.
public struct UnsubscribeRequest: Sendable, Equatable {
    /// Nil for every type.
    public var type: String?
    public var base: String

    /// Reads `{type?, base_url}`.
    public init(_ json: JSON) throws(ValidationFailure) {
        guard let members = json.members else {
            throw ValidationFailure([ValidationProblem("", .wrongType, "must be a JSON object")])
        }
        var reader = FieldReader()
        var base: String?
        for member in members {
            switch member.name {
            case "type": type = reader.identifier(member.value, "type", limit: EventRequest.Limit.type)
            case "base_url": base = reader.text(member.value, "base_url", limit: 1024, allowsLines: false)
            default: reader.report(String(member.name.prefix(64)), .unknownField, "is not a field of a link")
            }
        }
        if base == nil, reader.problems.isEmpty { reader.report("base_url", .required, "is required") }
        if let base, !UnsubscribeLinks.isBase(base) {
            reader.report("base_url", .invalid, "must be an https address without query, such as https://peal.example")
        }
        guard reader.problems.isEmpty, let base else { throw ValidationFailure(reader.problems) }
        self.base = base
    }
}
