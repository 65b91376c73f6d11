public import PealCore

/// A text that somebody wants to see before anybody is notified with it.
public struct PreviewRequest: Sendable {
    public var subject: TextSubject

    /// - Parameters:
    ///   - actors: the newest first; where fewer are named than there are, sample names stand in for the others.
    ///   - count: how many people there are, the named ones included; nil for those that are named.
    ///   - metadata: a JSON object as text.
    public init(
        type: String, locale: String? = nil, actors: [Actor] = [], count: Int? = nil, target: Event.Target? = nil,
        excerpt: String? = nil, metadata: String = "{}"
    ) {
        let count = max(count ?? 0, actors.count)
        let people = actors + Self.samples.filter { sample in !actors.contains { $0.id == sample.id } }
        subject = TextSubject(
            type: type, locale: locale,
            actors: Array(people.prefix(min(count, Notification.actorSampleLimit))), actorCount: count,
            targetType: target?.type, targetID: target?.id, excerpt: excerpt.map(Excerpt.flattened),
            metadata: metadata)
    }

    private static let samples = ["Ana", "João", "Inés"].map { (name: String) in Actor(id: "sample-\(name)", name: name)
    }
}

extension PreviewRequest {
    /// Reads and checks a request; the limits are those of a notification.
    public init(_ json: JSON) throws(ValidationFailure) {
        guard let members = json.members else {
            throw ValidationFailure([ValidationProblem("", .wrongType, "a preview must be a JSON object")])
        }
        var form = PreviewForm()
        for member in members { form.read(member) }
        self = try form.checked()
    }
}

private struct PreviewForm {
    var reader = FieldReader()
    var type: String?
    var locale: String?
    var actors: [Actor] = []
    var count: Int?
    var targetType: String?
    var targetID: String?
    var excerpt: String?
    var metadata = "{}"

    mutating func read(_ member: JSON.Member) {
        let (name, value) = (member.name, member.value)
        switch name {
        case "type": type = reader.identifier(value, name, limit: EventRequest.Limit.type)
        case "locale": locale = reader.locale(value, name)
        case "actors": readActors(value)
        case "actor_count": count = reader.integer(value, name, in: 0...1_000_000_000).map { Int($0) }
        case "target_type":
            targetType = reader.text(value, name, limit: EventRequest.Limit.targetType, allowsLines: false)
        case "target_id": targetID = reader.identifier(value, name, limit: EventRequest.Limit.targetID)
        case "excerpt": excerpt = reader.text(value, name, limit: EventRequest.Limit.excerpt)
        case "metadata": metadata = reader.metadata(value, name) ?? "{}"
        default: reader.report(String(name.prefix(64)), .unknownField, "is not a field of a preview")
        }
    }

    mutating func readActors(_ json: JSON) {
        if json.isNull { return }
        guard let elements = json.array else { return reader.report("actors", .wrongType, "must be an array") }
        guard elements.count <= EventRequest.Limit.users else {
            return reader.report("actors", .tooMany, "must not name more than \(EventRequest.Limit.users) people")
        }
        for (index, element) in elements.enumerated() {
            if let actor = readActor(element, "actors[\(index)]") { actors.append(actor) }
        }
    }

    mutating func readActor(_ json: JSON, _ field: String) -> Actor? {
        guard let members = json.members else {
            reader.report(field, .wrongType, "must be an object")
            return nil
        }
        var id: String?
        var name: String?
        for member in members {
            switch member.name {
            case "id": id = reader.identifier(member.value, "\(field).id")
            case "name":
                name = reader.text(
                    member.value, "\(field).name", limit: EventRequest.Limit.actorName, allowsLines: false)
            default:
                reader.report("\(field).\(member.name.prefix(64))", .unknownField, "is not a field of an actor")
            }
        }
        guard let id else {
            if json["id"].map(\.isNull) ?? true { reader.report("\(field).id", .required, "is required") }
            return nil
        }
        return Actor(id: id, name: name)
    }

    mutating func checked() throws(ValidationFailure) -> PreviewRequest {
        if type == nil, !reader.problems.contains(where: { $0.field == "type" }) {
            reader.report("type", .required, "is required")
        }
        if targetID != nil, targetType == nil, !reader.problems.contains(where: { $0.field == "target_type" }) {
            reader.report("target_type", .required, "is required beside target_id")
        }
        guard reader.problems.isEmpty, let type else { throw ValidationFailure(reader.problems) }
        return PreviewRequest(
            type: type, locale: locale, actors: actors, count: count,
            target: targetType.map { Event.Target(type: $0, id: targetID) }, excerpt: excerpt, metadata: metadata)
    }
}
