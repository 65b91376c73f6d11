public import PealCore

/// What a user wants to hear nothing more of.
public struct MuteRequest: Sendable, Equatable {
    public var subject: Mute.Subject
    public var until: Timestamp?

    /// Reads `{target_type, target_id?, until?}` or `{actor_id, until?}`.
    public init(_ json: JSON, now: Timestamp) throws(ValidationFailure) {
        guard let members = json.members else {
            throw ValidationFailure([ValidationProblem("", .wrongType, "a mute must be a JSON object")])
        }
        var form = MuteForm()
        for member in members { form.read(member.name, member.value) }
        (subject, until) = try form.checked(now)
    }

    /// Reads the same as parameters of a query, without `until`.
    public static func subject(_ parameters: [(name: String, value: String)]) throws(ValidationFailure) -> Mute.Subject
    {
        var form = MuteForm()
        for (name, value) in parameters where MuteForm.subjectFields.contains(name) { form.read(name, .string(value)) }
        return try form.checked(nil).subject
    }
}

private struct MuteForm {
    static let subjectFields: Set = ["target_type", "target_id", "actor_id"]

    private var reader = FieldReader()
    private var targetType: String?
    private var targetID: String?
    private var actorID: String?
    private var until: Timestamp?

    mutating func read(_ name: String, _ value: JSON) {
        switch name {
        case "target_type":
            targetType = reader.text(value, name, limit: EventRequest.Limit.targetType, allowsLines: false)
        case "target_id": targetID = reader.identifier(value, name, limit: EventRequest.Limit.targetID)
        case "actor_id": actorID = reader.identifier(value, name)
        case "until": until = reader.time(value, name)
        default: reader.report(String(name.prefix(64)), .unknownField, "is not a field of a mute")
        }
    }

    mutating func checked(_ now: Timestamp?) throws(ValidationFailure) -> (subject: Mute.Subject, until: Timestamp?) {
        if let now, let until, until <= now { reader.report("until", .invalid, "must lie in the future") }
        if reader.problems.isEmpty {
            switch (actorID, targetType) {
            case (let actor?, nil) where targetID == nil: return (.actor(actor), until)
            case (nil, let type?): return (.target(TargetMute(type: type, id: targetID)), until)
            case (nil, nil) where targetID != nil:
                reader.report("target_type", .required, "is required beside target_id")
            case (nil, nil): reader.report("target_type", .required, "is required, or actor_id")
            default: reader.report("actor_id", .conflict, "must not stand beside a target: mute them one by one")
            }
        }
        throw ValidationFailure(reader.problems)
    }
}
