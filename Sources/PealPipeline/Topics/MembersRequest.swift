public import PealCore

/// Users to be added to a topic, or to be removed from it.
public struct MembersRequest: Sendable, Equatable {
    /// Each once, in the order given.
    public var users: [UserID]

    /// Users of one request at most.
    public static let limit = 1000

    /// Reads and checks one request: `{"user_ids": ["ana", "joao"]}`.
    public init(_ json: JSON) throws(ValidationFailure) {
        var reader = FieldReader()
        guard let members = json.members else {
            throw ValidationFailure([ValidationProblem("", .wrongType, "must be a JSON object")])
        }
        var users: [UserID]?
        for member in members {
            if member.name == "user_ids" {
                users = reader.users(member.value, "user_ids", limit: Self.limit)
            } else {
                reader.report(String(member.name.prefix(64)), .unknownField, "is not a field of this request")
            }
        }
        if users == nil, reader.problems.isEmpty { reader.report("user_ids", .required, "is required") }
        guard reader.problems.isEmpty else { throw ValidationFailure(reader.problems) }
        self.users = users ?? []
    }
}
