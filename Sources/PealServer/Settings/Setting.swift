/// One thing that can be set. Its declaration in ``SettingsTree`` is the only place that knows its name, its default and
/// its explanation: the flag, the environment name, the help and `docs/configuration.md` come from there.
public struct Setting<Value: Sendable>: Sendable {
    public let key: SettingKey
    public let defaultValue: Value
    /// Sentences; in Markdown.
    public let help: String
    /// Never shown.
    public let isSecret: Bool
    /// A name that other systems' documents use; read from the environment where the `PEAL_` name is unset.
    public let legacyName: String?
    let syntax: SettingSyntax<Value>

    init(
        _ key: String, _ syntax: SettingSyntax<Value>, default defaultValue: Value, isSecret: Bool = false,
        legacyName: String? = nil, _ help: String
    ) {
        self.key = SettingKey(key)
        self.syntax = syntax
        self.defaultValue = defaultValue
        self.isSecret = isSecret
        self.legacyName = legacyName
        self.help = help
    }
}

/// A setting whatever its type, for everything that goes over all of them.
protocol AnySetting: Sendable {
    var key: SettingKey { get }
    var help: String { get }
    var isSecret: Bool { get }
    var legacyName: String? { get }
    var shape: SettingShape { get }
    var allowed: String { get }
    /// Empty where there is none.
    var defaultText: String { get }

    func parse(_ text: String) throws(SettingRefusal) -> any Sendable
    func text(of value: any Sendable) -> String
}

extension Setting: AnySetting {
    var shape: SettingShape { syntax.shape }
    var allowed: String { syntax.allowed }
    var defaultText: String { syntax.write(defaultValue) }

    func parse(_ text: String) throws(SettingRefusal) -> any Sendable {
        try syntax.parse(text)
    }

    func text(of value: any Sendable) -> String {
        (value as? Value).map(syntax.write) ?? ""
    }
}

/// A named part of ``SettingsTree``.
public protocol SettingsGroup: Sendable {
    static var title: String { get }
}
