import PealCore

/// Reads fields one by one and collects what is wrong, so that a caller hears of everything at once.
struct FieldReader {
    private(set) var problems: [ValidationProblem] = []

    mutating func report(_ field: String, _ code: ValidationProblem.Code, _ message: String) {
        problems.append(ValidationProblem(field, code, message))
    }

    /// Text of at most so many bytes; nil where it is null, empty or wrong.
    mutating func text(_ json: JSON, _ field: String, limit: Int, allowsLines: Bool = true) -> String? {
        if json.isNull { return nil }
        guard let text = json.string else {
            report(field, .wrongType, "must be a string")
            return nil
        }
        return checked(text, field, limit: limit, allowsLines: allowsLines)
    }

    /// A string or an integer of the app's own.
    mutating func identifier(_ json: JSON, _ field: String, limit: Int = UserID.byteLimit) -> String? {
        if json.isNull { return nil }
        guard let text = json.identifier else {
            report(field, .wrongType, "must be a string or an integer")
            return nil
        }
        guard !text.isEmpty else {
            report(field, .invalid, "must not be empty")
            return nil
        }
        return checked(text, field, limit: limit, allowsLines: false)
    }

    mutating func user(_ json: JSON, _ field: String) -> UserID? {
        identifier(json, field).flatMap(UserID.init)
    }

    /// An array of ids, each kept once; nil where it is no array, empty, or longer than the limit.
    mutating func users(_ json: JSON, _ field: String, limit: Int) -> [UserID]? {
        guard let elements = json.array else {
            report(field, .wrongType, "must be an array")
            return nil
        }
        guard !elements.isEmpty else {
            report(field, .required, "must name at least one user")
            return nil
        }
        guard elements.count <= limit else {
            report(field, .tooMany, "must not name more than \(limit) users")
            return nil
        }
        var known: Set<UserID> = []
        var users: [UserID] = []
        for (index, element) in elements.enumerated() {
            let field = "\(field)[\(index)]"
            if element.isNull { report(field, .wrongType, "must be a string or an integer") }
            guard let user = user(element, field), known.insert(user).inserted else { continue }
            users.append(user)
        }
        return users
    }

    /// The name of a topic.
    mutating func topic(_ json: JSON, _ field: String) -> TopicName? {
        guard let text = identifier(json, field, limit: TopicName.byteLimit) else { return nil }
        guard let topic = TopicName(text) else {
            report(field, .invalid, "must not begin with $, unless it is \(TopicName.online)")
            return nil
        }
        return topic
    }

    mutating func time(_ json: JSON, _ field: String) -> Timestamp? {
        if json.isNull { return nil }
        guard let text = json.string, let time = Timestamp(iso8601: text) else {
            report(field, .invalid, "must be a time as in 2026-01-15T10:30:00Z (RFC 3339)")
            return nil
        }
        return time
    }

    mutating func flag(_ json: JSON, _ field: String) -> Bool? {
        switch json {
        case .null: return nil
        case .bool(let flag): return flag
        default:
            report(field, .wrongType, "must be true or false")
            return nil
        }
    }

    mutating func integer(_ json: JSON, _ field: String, in range: ClosedRange<Int64>) -> Int64? {
        if json.isNull { return nil }
        guard let number = json.integer, range.contains(number) else {
            report(field, .invalid, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    private mutating func checked(_ text: String, _ field: String, limit: Int, allowsLines: Bool) -> String? {
        guard !text.isEmpty else { return nil }
        guard text.utf8.count <= limit else {
            report(field, .tooLong, "must not be longer than \(limit) bytes")
            return nil
        }
        let isAllowed = text.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != 0x7F || allowsLines && (byte == 0x0A || byte == 0x0D || byte == 0x09)
        }
        guard isAllowed else {
            report(field, .invalid, "must not hold control characters")
            return nil
        }
        return text
    }
}
