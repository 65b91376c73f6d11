import PealCore
import PealPipeline

/// What a user has said, and what follows from it together with the configuration.
struct PreferenceAnswer {
    var user: UserID
    var preferences: Preferences
    var policy: PreferencePolicy
    /// Of the user's profile.
    var profileZone: String?
    var now: Timestamp

    /// The zone in which quiet hours count, and who named it.
    fileprivate var zone: (name: String, source: StaticString) {
        if let name = preferences.quietHours?.timezone { return (name, "preferences") }
        if let profileZone { return (profileZone, "profile") }
        return ("UTC", "default")
    }

    fileprivate var heldUntil: Timestamp? {
        preferences.heldUntil(now, by: IANAZone.clock(zone.name))
    }

    /// All types that anybody has named, after the one that stands for the others.
    fileprivate var types: [String] {
        var known: [String] = []
        for type in policy.defaults.types + policy.mandatoryTypes + preferences.types
        where type != Preferences.everyType && !known.contains(where: { $0.utf8.elementsEqual(type.utf8) }) {
            known.append(type)
        }
        return [Preferences.everyType] + known.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension PreferenceAnswer {
    fileprivate func effective(_ type: String) -> JSON.Member {
        let channels = DeliveryChannel.allCases.map { channel in
            let effective = policy.effective(type, on: channel, for: preferences)
            return JSON.Member(
                channel.rawValue,
                .object([
                    JSON.Member("value", effective.setting.json),
                    JSON.Member("source", .string(effective.source.rawValue)),
                ]))
        }
        return JSON.Member(type, .object(channels))
    }
}

extension Preferences {
    /// What was said of each type, as requests spell it.
    var typesJSON: JSON {
        .object(
            types.map { type in
                let channels = DeliveryChannel.allCases.compactMap { channel in
                    self[type, channel].map { JSON.Member(channel.rawValue, $0.json) }
                }
                return JSON.Member(type, .object(channels))
            })
    }
}

extension ChannelSetting {
    /// As requests spell it.
    var json: JSON {
        guard case .digest(let schedule) = self else { return .bool(isOn) }
        var members = [JSON.Member("digest", .string(schedule.interval))]
        if let day = schedule.weekday { members.append(JSON.Member("day", .string(day.rawValue))) }
        if let time = schedule.time { members.append(JSON.Member("at", .string(time.description))) }
        return .object(members)
    }
}

extension JSONWriter {
    mutating func members(of answer: PreferenceAnswer) {
        name("user_id")
        value(answer.user.rawValue)
        members(of: answer.preferences, now: answer.now)
        name("timezone")
        beginObject()
        name("name")
        value(answer.zone.name)
        name("source")
        value(answer.zone.source)
        endObject()
        name("held_until")
        optional(answer.heldUntil)
        name("effective")
        value(JSON.object(answer.types.map(answer.effective)))
    }

    /// What was said, as requests spell it. A do-not-disturb that is over is not shown.
    mutating func members(of preferences: Preferences, now: Timestamp) {
        name("types")
        value(preferences.typesJSON)
        name("do_not_disturb_until")
        optional(preferences.doNotDisturb.map(\.until).flatMap { $0 > now ? $0 : nil })
        name("quiet_hours")
        if let hours = preferences.quietHours { value(hours.json) } else { null() }
    }
}
