/// Reads settings from a command line, so that no option has to be declared a second time.
enum SettingsArguments {
    static func parse(_ arguments: [String]) throws(SettingsError) -> [SettingKey: String] {
        var values: [SettingKey: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else { throw SettingsError("unexpected argument '\(argument)'") }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let flag = String(parts[0])
            let (setting, isNegated) = try setting(for: flag)
            let text: String
            if isNegated {
                guard parts.count == 1 else { throw SettingsError("\(flag) takes no value") }
                text = "false"
            } else if parts.count == 2 {
                text = String(parts[1])
            } else if setting.shape == .toggle {
                text = rest.first.map { $0 == "true" || $0 == "false" } ?? false ? rest.removeFirst() : "true"
            } else {
                guard let next = rest.popFirst(), !next.hasPrefix("--") else {
                    throw SettingsError("\(setting.key): \(flag) needs a value, \(setting.allowed)")
                }
                text = next
            }
            guard !text.isEmpty else {
                throw SettingsError(setting, text: "", origin: .flag(flag), refusal: SettingRefusal(setting.mustBe))
            }
            let earlier = setting.shape == .list ? values[setting.key].map { $0 + "," } : nil
            values[setting.key] = (earlier ?? "") + text
        }
        return values
    }

    private static func setting(for flag: String) throws(SettingsError) -> (any AnySetting, isNegated: Bool) {
        if let setting = Settings.all.first(where: { $0.key.flag == flag }) { return (setting, false) }
        if flag.hasPrefix("--no-") {
            let positive = "--" + flag.dropFirst(5)
            if let setting = Settings.all.first(where: { $0.key.flag == positive && $0.shape == .toggle }) {
                return (setting, true)
            }
        }
        throw SettingsError(
            unknown: flag, in: "on the command line", known: Settings.all.map(\.key.flag) + ["--config"])
    }
}

extension AnySetting {
    var mustBe: String { "must be \(allowed)" }
}
