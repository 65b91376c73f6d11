extension Preferences {
    /// As stores keep them.
    public var document: String {
        var members: [JSON.Member] = []
        if !types.isEmpty {
            let table = types.map { type in
                let channels = DeliveryChannel.allCases.compactMap { channel in
                    self[type, channel].map { JSON.Member(channel.rawValue, .string($0.description)) }
                }
                return JSON.Member(type, .object(channels))
            }
            members.append(JSON.Member("types", .object(table)))
        }
        if let doNotDisturb {
            members.append(JSON.Member("do_not_disturb", .number("\(doNotDisturb.until.milliseconds)")))
        }
        if let quietHours { members.append(JSON.Member("quiet_hours", quietHours.json)) }
        return JSON.object(members).text
    }

    /// Reads what a store has kept. What it does not understand it leaves out.
    public init(document: String) {
        let json = (try? JSON.parse(document.utf8)) ?? .null
        self.init(
            doNotDisturb: json["do_not_disturb"]?.integer.map {
                DoNotDisturb(until: Timestamp(milliseconds: $0))
            }, quietHours: json["quiet_hours"].flatMap(QuietHours.init(json:)))
        for type in json["types"]?.members ?? [] {
            for channel in DeliveryChannel.allCases {
                self[type.name, channel] = type.value[channel.rawValue]?.string.flatMap { ChannelSetting($0) }
            }
        }
    }
}

extension QuietHours {
    /// As stores keep them, and as answers show them.
    public var json: JSON {
        var members = [JSON.Member("from", .string(from.description)), JSON.Member("to", .string(toText))]
        let days = Weekday.allCases.filter(days.contains).map { JSON.string($0.rawValue) }
        members.append(JSON.Member("days", .array(days)))
        if let timezone { members.append(JSON.Member("timezone", .string(timezone))) }
        return .object(members)
    }

    /// Reads ``json``; nil for anything else.
    init?(json: JSON) {
        let days = (json["days"]?.array ?? []).compactMap { $0.string.flatMap { Weekday(rawValue: $0) } }
        guard let from = json["from"]?.string.flatMap({ TimeOfDay($0) }),
            let to = json["to"]?.string.flatMap({ QuietHours.end($0) })
        else { return nil }
        self.init(from: from, to: to, days: Set(days), timezone: json["timezone"]?.string)
    }
}
