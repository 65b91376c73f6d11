public import PealCore

/// One entry of `preferences.mandatory`.
public struct MandatoryType: Sendable, Equatable {
    public var type: String
    /// Nil for every channel.
    public var channel: DeliveryChannel?
}

extension SettingSyntax where Value == Preferences {
    /// `like.email=off,*.push=on,news.email=daily 08:00`.
    static var preferenceDefaults: Self {
        Self(
            .list,
            allowed: "a list of type.channel=setting, with one of the channels \(DeliveryChannel.list) and one of the "
                + "settings on, off, hourly, daily 08:00, weekly monday 08:00",
            parse: { text throws(SettingRefusal) in
                var defaults = Preferences()
                for part in try SettingSyntax<[String]>.list.parse(text) {
                    guard let entry = PreferenceDefault(part) else {
                        throw SettingRefusal("must be a list of type.channel=setting, but '\(part)' is none")
                    }
                    guard entry.channel != .inApp || [.on, .off].contains(entry.setting) else {
                        throw SettingRefusal("has '\(part)', but in_app is on or off")
                    }
                    defaults[entry.type, entry.channel] = entry.setting
                }
                return defaults
            }, write: { $0.settingText })
    }
}

extension SettingSyntax where Value == [MandatoryType] {
    /// `security,invoice.email`.
    static var mandatoryTypes: Self {
        Self(
            .list, allowed: "a list of types, or of type.channel, with commas between",
            parse: { text throws(SettingRefusal) in
                try SettingSyntax<[String]>.list.parse(text).map { part throws(SettingRefusal) in
                    let named = part.typeAndChannel
                    let type = named?.type ?? part
                    guard type != Preferences.everyType else {
                        throw SettingRefusal("names '\(part)', but not every type can be mandatory")
                    }
                    return MandatoryType(type: type, channel: named?.channel)
                }
            },
            write: { types in
                types.map { entry in entry.channel.map { "\(entry.type).\($0.rawValue)" } ?? entry.type }
                    .joined(separator: ",")
            })
    }
}

private struct PreferenceDefault {
    var type: String
    var channel: DeliveryChannel
    var setting: ChannelSetting

    init?(_ text: String) {
        guard let equals = text.lastIndex(of: "="), let (type, channel) = String(text[..<equals]).typeAndChannel,
            let setting = ChannelSetting(String(text[text.index(after: equals)...]))
        else { return nil }
        self.type = type
        self.channel = channel
        self.setting = setting
    }
}

extension String {
    /// `like.email`; a type may have dots itself.
    fileprivate var typeAndChannel: (type: String, channel: DeliveryChannel)? {
        guard let dot = lastIndex(of: "."), dot > startIndex,
            let channel = DeliveryChannel(rawValue: String(self[index(after: dot)...]))
        else { return nil }
        return (String(self[..<dot]), channel)
    }
}

extension Preferences {
    fileprivate var settingText: String {
        types.flatMap { type in
            DeliveryChannel.allCases.compactMap { channel in
                self[type, channel].map { "\(type).\(channel.rawValue)=\($0)" }
            }
        }.joined(separator: ",")
    }
}
