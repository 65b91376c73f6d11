/// The effective settings: `settings.http.port` is an `Int`, read by the path of its declaration in ``SettingsTree``.
@dynamicMemberLookup
public struct Settings: Sendable {
    static let tree = SettingsTree()

    /// Every setting in the order of declaration.
    static let all = sections.flatMap(\.settings)

    static let sections = SettingsSectionList.sections(of: tree)

    private var entries: [SettingKey: Entry] = [:]

    private struct Entry: Sendable {
        var value: any Sendable
        var origin: SettingOrigin
    }

    /// The defaults.
    public init() {}

    mutating func set(_ key: SettingKey, to value: any Sendable, from origin: SettingOrigin) {
        entries[key] = Entry(value: value, origin: origin)
    }

    func origin(of key: SettingKey) -> SettingOrigin { entries[key]?.origin ?? .default }

    func text(of setting: any AnySetting) -> String {
        entries[setting.key].map { setting.text(of: $0.value) } ?? setting.defaultText
    }

    func value<Value>(of setting: Setting<Value>) -> Value {
        entries[setting.key]?.value as? Value ?? setting.defaultValue
    }

    public subscript<Value>(dynamicMember path: KeyPath<SettingsTree, Setting<Value>>) -> Value {
        value(of: Self.tree[keyPath: path])
    }

    public subscript<Group: SettingsGroup>(
        dynamicMember path: KeyPath<SettingsTree, Group>
    ) -> SettingsPart<Group> {
        SettingsPart(settings: self, group: Self.tree[keyPath: path])
    }
}

/// The values of one group.
@dynamicMemberLookup
public struct SettingsPart<Group: SettingsGroup>: Sendable {
    let settings: Settings
    let group: Group

    public subscript<Value>(dynamicMember path: KeyPath<Group, Setting<Value>>) -> Value {
        settings.value(of: group[keyPath: path])
    }

    public subscript<Inner: SettingsGroup>(dynamicMember path: KeyPath<Group, Inner>) -> SettingsPart<Inner> {
        SettingsPart<Inner>(settings: settings, group: group[keyPath: path])
    }
}

/// Where a value came from.
enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    case `default`
    case file(String)
    case environment(String)
    case flag(String)

    var description: String {
        switch self {
        case .default: "default"
        case .file(let path): path
        case .environment(let name): name
        case .flag(let flag): flag
        }
    }
}

/// A group's title with its settings.
struct SettingsSection: Sendable {
    var title: String
    var settings: [any AnySetting]
}

/// Finds the settings in a tree by looking at its stored properties, so that none has to be listed a second time.
enum SettingsSectionList {
    static func sections(of tree: SettingsTree) -> [SettingsSection] {
        let general = SettingsSection(title: "General", settings: settings(in: tree))
        return groups(in: tree) + [general]
    }

    private static func groups(in value: Any) -> [SettingsSection] {
        Mirror(reflecting: value).children.flatMap { child -> [SettingsSection] in
            guard let group = child.value as? any SettingsGroup else { return [] }
            return [SettingsSection(title: type(of: group).title, settings: settings(in: group))] + groups(in: group)
        }
    }

    private static func settings(in value: Any) -> [any AnySetting] {
        Mirror(reflecting: value).children.compactMap { $0.value as? any AnySetting }
    }
}
