public import PealCore

extension Preferences {
    /// Reads everything that a user wants to have said: what is absent or null is not said.
    ///
    /// - Parameters:
    ///   - policy: what is mandatory cannot be switched off.
    ///   - now: a do-not-disturb that is over is none.
    public init(_ json: JSON, policy: PreferencePolicy, now: Timestamp) throws(ValidationFailure) {
        self.init()
        apply(try PreferenceChange(json, policy: policy, now: now))
    }
}

extension PreferenceChange {
    /// Reads what is to be different, as in a JSON merge patch (RFC 7396): what is absent stays, null takes it away.
    ///
    /// What an answer shows besides what was said is passed over, so that it can be sent back as it came.
    public init(_ json: JSON, policy: PreferencePolicy, now: Timestamp) throws(ValidationFailure) {
        guard let members = json.members else {
            throw ValidationFailure([ValidationProblem("", .wrongType, "preferences must be a JSON object")])
        }
        var form = PreferenceForm(policy: policy, now: now)
        for member in members { form.read(member) }
        guard form.reader.problems.isEmpty else { throw ValidationFailure(form.reader.problems) }
        self = form.change
    }
}

private struct PreferenceForm {
    let policy: PreferencePolicy
    let now: Timestamp
    var reader = FieldReader()
    var change = PreferenceChange()

    /// A year, and a day more in leap years: for ever is what switching off is for.
    static let longestSilence = Duration.seconds(366 * 86_400)

    init(policy: PreferencePolicy, now: Timestamp) {
        self.policy = policy
        self.now = now
    }

    mutating func read(_ member: JSON.Member) {
        switch member.name {
        case "types": readTypes(member.value)
        case "do_not_disturb_until": readDoNotDisturb(member.value)
        case "quiet_hours": readQuietHours(member.value)
        case "user_id", "timezone", "held_until", "effective": break
        default: reader.report(String(member.name.prefix(64)), .unknownField, "is not a field of preferences")
        }
    }

    // MARK: Types

    mutating func readTypes(_ json: JSON) {
        if json.isNull { return change.forgetsTypes = true }
        guard let types = json.members else { return reader.report("types", .wrongType, "must be an object") }
        guard types.count <= Preferences.typeLimit else {
            return reader.report("types", .tooMany, "must not name more than \(Preferences.typeLimit) types")
        }
        for type in types { readType(type.name, type.value) }
    }

    mutating func readType(_ type: String, _ json: JSON) {
        let field = "types.\(type.prefix(64))"
        guard !type.isEmpty, type.utf8.count <= EventRequest.Limit.type else {
            return reader.report(field, .invalid, "must be named with 1 to \(EventRequest.Limit.type) bytes")
        }
        guard type.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return reader.report("types", .invalid, "must not hold control characters")
        }
        if json.isNull {
            return change.settings += DeliveryChannel.allCases.map { .init(type, $0, to: nil) }
        }
        guard let channels = json.members else { return reader.report(field, .wrongType, "must be an object") }
        for member in channels {
            let field = "\(field).\(member.name.prefix(64))"
            guard let channel = DeliveryChannel(rawValue: member.name) else {
                reader.report(field, .unknownField, "is not a channel; there are \(DeliveryChannel.list)")
                continue
            }
            readSetting(member.value, field, type, channel)
        }
    }

    mutating func readSetting(_ json: JSON, _ field: String, _ type: String, _ channel: DeliveryChannel) {
        let setting: ChannelSetting
        switch json {
        case .null: return change.settings.append(.init(type, channel, to: nil))
        case .bool(let flag): setting = flag ? .on : .off
        case .object(let members):
            guard channel != .inApp else {
                return reader.report(field, .invalid, "must be true or false: only push and email have digests")
            }
            guard let digest = readDigest(members, field) else { return }
            setting = digest
        default:
            return reader.report(field, .wrongType, "must be true, false or an object with digest")
        }
        guard setting == .on || !policy.isMandatory(type, on: channel) else {
            return reader.report(field, .mandatory, "cannot be switched off or put off: this type is mandatory")
        }
        change.settings.append(.init(type, channel, to: setting))
    }

    /// `{"digest": "immediate" | "hourly" | "daily" | "weekly", "day"?: …, "at"?: "HH:MM"}`.
    mutating func readDigest(_ members: [JSON.Member], _ field: String) -> ChannelSetting? {
        var values: [String: JSON] = [:]
        for member in members {
            guard ["digest", "day", "at"].contains(member.name) else {
                reader.report("\(field).\(member.name.prefix(64))", .unknownField, "is not a field of a digest")
                return nil
            }
            values[member.name] = member.value
        }
        let needed: Set<String>
        switch values["digest"]?.string {
        case "immediate", "hourly": needed = []
        case "daily": needed = ["at"]
        case "weekly": needed = ["at", "day"]
        default:
            reader.report("\(field).digest", .invalid, "must be immediate, hourly, daily or weekly")
            return nil
        }
        for name in ["day", "at"] where values[name].map({ !$0.isNull }) ?? false && !needed.contains(name) {
            reader.report("\(field).\(name)", .conflict, "has no meaning for this digest")
            return nil
        }
        let time = needed.contains("at") ? readTime(values["at"] ?? .null, "\(field).at") : nil
        let day = needed.contains("day") ? readDay(values["day"] ?? .null, "\(field).day") : nil
        switch values["digest"]?.string {
        case "immediate": return .on
        case "hourly": return .digest(.hourly)
        case "daily": return time.map { .digest(.daily(at: $0)) }
        default:
            guard let time, let day else { return nil }
            return .digest(.weekly(on: day, at: time))
        }
    }

    // MARK: Silence

    mutating func readDoNotDisturb(_ json: JSON) {
        if json.isNull { return change.doNotDisturb = .to(nil) }
        guard let until = reader.time(json, "do_not_disturb_until") else { return }
        guard until <= now + Self.longestSilence else {
            return reader.report("do_not_disturb_until", .invalid, "must lie within a year from now")
        }
        change.doNotDisturb = .to(until > now ? DoNotDisturb(until: until) : nil)
    }

    mutating func readQuietHours(_ json: JSON) {
        if json.isNull { return change.quietHours = .to(nil) }
        guard let members = json.members else {
            return reader.report("quiet_hours", .wrongType, "must be an object or null")
        }
        for member in members where !["from", "to", "days", "timezone"].contains(member.name) {
            reader.report("quiet_hours.\(member.name.prefix(64))", .unknownField, "is not a field of quiet hours")
        }
        let from = readTime(json["from"] ?? .null, "quiet_hours.from")
        let to = readEnd(json["to"] ?? .null)
        let days = readDays(json["days"] ?? .null)
        let zone = reader.text(json["timezone"] ?? .null, "quiet_hours.timezone", limit: 64, allowsLines: false)
        if let zone, !TimeZoneName.exists(zone) {
            reader.report("quiet_hours.timezone", .invalid, TimeZoneName.advice)
        }
        guard let from, let to, let days else { return }
        guard let hours = QuietHours(from: from, to: to, days: days, timezone: zone) else {
            return reader.report(
                "quiet_hours.to", .invalid, "must differ from from, and leave some time of the week that is not quiet")
        }
        change.quietHours = .to(hours)
    }

    mutating func readTime(_ json: JSON, _ field: String) -> TimeOfDay? {
        if let time = json.string.flatMap({ TimeOfDay($0) }) { return time }
        reader.report(field, json.isNull ? .required : .invalid, "must be a time of day such as 08:00")
        return nil
    }

    mutating func readEnd(_ json: JSON) -> Int? {
        if let end = json.string.flatMap({ QuietHours.end($0) }) { return end }
        let field = "quiet_hours.to"
        reader.report(field, json.isNull ? .required : .invalid, "must be a time of day such as 08:00, or 24:00")
        return nil
    }

    mutating func readDay(_ json: JSON, _ field: String) -> Weekday? {
        if let day = json.string.flatMap({ Weekday(rawValue: $0) }) { return day }
        reader.report(field, json.isNull ? .required : .invalid, "must be one of \(Weekday.list)")
        return nil
    }

    mutating func readDays(_ json: JSON) -> Set<Weekday>? {
        if json.isNull { return Set(Weekday.allCases) }
        guard let elements = json.array else {
            reader.report("quiet_hours.days", .wrongType, "must be an array of days")
            return nil
        }
        guard (1...Weekday.allCases.count).contains(elements.count) else {
            reader.report("quiet_hours.days", .invalid, "must name one to seven days")
            return nil
        }
        var days: Set<Weekday> = []
        for (index, element) in elements.enumerated() {
            if let day = readDay(element, "quiet_hours.days[\(index)]") { days.insert(day) }
        }
        return days.isEmpty ? nil : days
    }
}
