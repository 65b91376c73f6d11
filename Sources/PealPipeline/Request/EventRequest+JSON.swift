public import PealCore

extension EventRequest {
    /// Reads and checks one request.
    ///
    /// - Parameter extraFields: names that the caller of this function reads itself.
    public init(_ json: JSON, extraFields: Set<String> = []) throws(ValidationFailure) {
        guard let members = json.members else {
            throw ValidationFailure([ValidationProblem("", .wrongType, "a notification must be a JSON object")])
        }
        var form = EventForm()
        for member in members where !extraFields.contains(member.name) { form.read(member) }
        self = try form.checked()
    }
}

/// The fields as they come in; some can be judged only together.
private struct EventForm {
    var reader = FieldReader()
    var request = EventRequest(type: "", users: [])
    var namesRecipients = false
    var actorID: String?
    var actorName: String?
    var targetType: String?
    var targetID: String?

    mutating func read(_ member: JSON.Member) {
        let (name, value) = (member.name, member.value)
        switch name {
        case "user_id", "user_ids", "topic": readRecipients(value, name)
        case "type": request.type = reader.identifier(value, name, limit: EventRequest.Limit.type) ?? ""
        case "actor_id": actorID = reader.identifier(value, name)
        case "actor_name":
            actorName = reader.text(value, name, limit: EventRequest.Limit.actorName, allowsLines: false)
        case "target_type":
            targetType = reader.text(value, name, limit: EventRequest.Limit.targetType, allowsLines: false)
        case "target_id": targetID = reader.identifier(value, name, limit: EventRequest.Limit.targetID)
        case "title": request.title = reader.text(value, name, limit: EventRequest.Limit.title, allowsLines: false)
        case "message": request.message = reader.text(value, name, limit: EventRequest.Limit.message)
        case "excerpt":
            request.excerpt = reader.text(value, name, limit: EventRequest.Limit.excerpt).map(Excerpt.flattened)
        case "metadata": readMetadata(value)
        case "url": request.url = readURL(value)
        case "priority": readPriority(value)
        case "group": readGroup(value)
        case "expires_at": request.expiresAt = reader.time(value, name)
        case "receipt": request.receipt = reader.flag(value, name)
        case "occurred_at": request.occurredAt = reader.time(value, name)
        case "send_at": request.sendAt = reader.time(value, name)
        case "channels": request.channels = readChannels(value)
        default: reader.report(String(name.prefix(64)), .unknownField, "is not a field of a notification")
        }
    }

    mutating func readRecipients(_ json: JSON, _ field: String) {
        if json.isNull { return }
        if namesRecipients {
            return reader.report(field, .conflict, "must not stand beside user_id, user_ids or topic: give one of them")
        }
        namesRecipients = true
        switch field {
        case "topic": request.topic = reader.topic(json, field)
        case "user_id": if let user = reader.user(json, field) { request.users = [user] }
        default: request.users = reader.users(json, field, limit: EventRequest.Limit.users) ?? []
        }
    }

    /// The inbox is always one of them: without it there is no notification that anything else could tell of.
    mutating func readChannels(_ json: JSON) -> Set<DeliveryChannel>? {
        if json.isNull { return nil }
        guard let elements = json.array else {
            reader.report("channels", .wrongType, "must be an array")
            return nil
        }
        var channels: Set<DeliveryChannel> = []
        for (index, element) in elements.enumerated() {
            guard let channel = element.string.flatMap(DeliveryChannel.init(rawValue:)) else {
                reader.report("channels[\(index)]", .invalid, "must be one of \(DeliveryChannel.list)")
                continue
            }
            channels.insert(channel)
        }
        return channels.union([.inApp])
    }

    mutating func readMetadata(_ json: JSON) {
        request.metadata = reader.metadata(json, "metadata") ?? "{}"
    }

    mutating func readURL(_ json: JSON) -> String? {
        guard let text = reader.text(json, "url", limit: EventRequest.Limit.url, allowsLines: false) else { return nil }
        guard SafeURL.isAllowed(text) else {
            reader.report("url", .invalid, "must be an http or https URL, or a path of this site")
            return nil
        }
        return text
    }

    mutating func readPriority(_ json: JSON) {
        if json.isNull { return }
        guard let priority = json.string.flatMap(Priority.init) else {
            return reader.report("priority", .invalid, "must be low, normal or high")
        }
        request.priority = priority
    }

    mutating func readGroup(_ json: JSON) {
        if json.isNull { return }
        if json == .bool(false) { return request.group = .never }
        guard let members = json.members else {
            return reader.report("group", .wrongType, "must be false or an object")
        }
        var key: String?
        var window: Int64?
        var age: Int64?
        var events: Int64?
        for member in members {
            let field = "group.\(member.name.prefix(64))"
            switch member.name {
            case "key": key = reader.identifier(member.value, field, limit: EventRequest.Limit.groupKey)
            case "window": window = reader.integer(member.value, field, in: 1...604_800)
            case "max_age": age = reader.integer(member.value, field, in: 1...2_592_000)
            case "max_events": events = reader.integer(member.value, field, in: 1...1_000_000)
            default: reader.report(field, .unknownField, "is not a field of group")
            }
        }
        request.group = .always(
            key: key, window: window.map { .seconds($0) }, maximumAge: age.map { .seconds($0) },
            maximumEvents: events.map { Int($0) })
    }

    mutating func checked() throws(ValidationFailure) -> EventRequest {
        let isClean = { [problems = reader.problems] (field: String) in
            !problems.contains { $0.field.hasPrefix(field) }
        }
        if !namesRecipients { reader.report("user_id", .required, "is required, or user_ids, or topic") }
        if request.users.isEmpty, request.topic == nil, namesRecipients, isClean("user_id"), isClean("topic") {
            reader.report("user_id", .required, "must not be empty")
        }
        if request.topic == .online, request.sendAt != nil {
            reader.report("send_at", .conflict, "must not stand beside \(TopicName.online): nobody knows who will be")
        }
        if request.type.isEmpty, isClean("type") { reader.report("type", .required, "is required") }
        if actorName != nil, actorID == nil, isClean("actor_id") {
            reader.report("actor_id", .required, "is required beside actor_name")
        }
        if targetID != nil, targetType == nil, isClean("target_type") {
            reader.report("target_type", .required, "is required beside target_id")
        }
        if let sendAt = request.sendAt, let end = request.expiresAt, sendAt >= end {
            reader.report("send_at", .conflict, "must be before expires_at")
        }
        guard reader.problems.isEmpty else { throw ValidationFailure(reader.problems) }
        request.actor = actorID.map { Actor(id: $0, name: actorName) }
        request.target = targetType.map { Event.Target(type: $0, id: targetID) }
        return request
    }
}
