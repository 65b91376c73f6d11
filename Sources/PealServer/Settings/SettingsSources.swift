import Configuration
import Foundation
import Synchronization

extension Settings {
    /// Variables that begin with `PEAL_` but belong to the command line's other commands.
    static let foreignEnvironmentNames: Set<String> = ["PEAL_CONFIG", "PEAL_API_KEY", "PEAL_URL", "PEAL_TOKEN"]

    /// Reads flags, then the environment, then the file; the first that has a value wins. Then checks what depends on
    /// more than one setting.
    ///
    /// - Parameters:
    ///   - file: a YAML file; nil for `PEAL_CONFIG`, or none.
    ///   - arguments: `--key value`, `--key=value`, and toggles without a value.
    public static func load(
        file: String? = nil, environment: [String: String] = [:], arguments: [String] = []
    ) throws(SettingsError) -> Self {
        var sources = [try SettingsSource(arguments: arguments)]
        sources += try SettingsSource.environment(environment)
        if let path = file ?? environment["PEAL_CONFIG"], !path.isEmpty {
            sources.append(try SettingsSource(file: path))
        }
        var settings = Self()
        for setting in all {
            for source in sources {
                guard let (text, origin) = source.text(of: setting) else { continue }
                do throws(SettingRefusal) {
                    settings.set(setting.key, to: try setting.parse(text), from: origin)
                } catch {
                    throw SettingsError(setting, text: text, origin: origin, refusal: error)
                }
                break
            }
        }
        try settings.check()
        return settings
    }
}

/// One place that settings are read from.
struct SettingsSource {
    private let snapshot: any ConfigSnapshot
    private let origin: (SettingKey) -> SettingOrigin

    /// Nil where this source says nothing; an empty text says nothing too.
    func text(of setting: any AnySetting) -> (String, SettingOrigin)? {
        let key = setting.key.configKey
        let value = try? snapshot.value(forKey: key, type: .string).value?.content
        if case .string(let text) = value {
            return text.isEmpty ? nil : (text, origin(setting.key))
        }
        guard case .stringArray(let words) = try? snapshot.value(forKey: key, type: .stringArray).value?.content else {
            return nil
        }
        return (words.joined(separator: ","), origin(setting.key))
    }

    init(arguments: [String]) throws(SettingsError) {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, text) in try SettingsArguments.parse(arguments) {
            values[key.configKey] = ConfigValue(.string(text), isSecret: false)
        }
        snapshot = InMemoryProvider(name: "command line", values: values).snapshot()
        origin = { .flag($0.flag) }
    }

    /// The `PEAL_` names, then the names of other systems.
    static func environment(_ variables: [String: String]) throws(SettingsError) -> [Self] {
        let known = Settings.all.map(\.key.environmentName)
        let recognised = Settings.foreignEnvironmentNames.union(known)
        let names = variables.keys.filter { $0.hasPrefix(SettingKey.environmentPrefix) }.sorted()
        for name in names where !recognised.contains(name) && !isServiceLink(name) {
            throw SettingsError(unknown: name, in: "in the environment", known: known)
        }
        let named = EnvironmentVariablesProvider(environmentVariables: variables).prefixKeys(with: "peal")
        var legacy = Settings.all.compactMap { setting in
            setting.legacyName.flatMap { name in variables[name].map { (setting.key, name, $0) } }
        }
        if let host = variables["REDIS_HOST"], !host.isEmpty {
            // The one setting that others have in two.
            let port = variables["REDIS_PORT"].map { ":\($0)" } ?? ""
            let address = host.contains(":") ? "[\(host)]" : host
            legacy.append((Settings.tree.bus.url.key, "REDIS_HOST", "redis://\(address)\(port)"))
        }
        let values = legacy.map { ($0.0.configKey, ConfigValue(.string($0.2), isSecret: false)) }
        let legacyNames = Dictionary(uniqueKeysWithValues: legacy.map { ($0.0, $0.1) })
        return [
            Self(snapshot: named.snapshot()) { .environment($0.environmentName) },
            Self(
                snapshot: InMemoryProvider(name: "legacy", values: Dictionary(uniqueKeysWithValues: values)).snapshot()
            ) { .environment(legacyNames[$0] ?? $0.environmentName) },
        ]
    }

    /// Kubernetes sets these in every container beside a Service named `peal`; nobody has mistyped them.
    private static func isServiceLink(_ name: String) -> Bool {
        name == "PEAL_PORT" || name.hasPrefix("PEAL_PORT_") || name.hasPrefix("PEAL_SERVICE_")
    }

    init(file path: String) throws(SettingsError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError("cannot read the configuration file '\(path)'")
        }
        let seen = Mutex<[String]>([])
        do {
            // The parser asks about every key whether it is secret: the one way to learn which keys there are.
            snapshot =
                try Self.isBlank(data)
                ? InMemoryProvider(name: path, values: [:]).snapshot()
                : YAMLSnapshot(
                    data: data.bytes, providerName: path,
                    parsingOptions: .init(
                        secretsSpecifier: .dynamic { key, _ in
                            seen.withLock { $0.append(key) }
                            return false
                        }))
        } catch {
            throw SettingsError("cannot read the configuration file '\(path)': \(error)")
        }
        let known = Settings.all.map(\.key.description)
        for key in seen.withLock({ $0.sorted() }) where !known.contains(key) {
            throw SettingsError(unknown: key, in: "in \(path)", known: known)
        }
        origin = { _ in .file(path) }
    }

    private init(snapshot: any ConfigSnapshot, origin: @escaping (SettingKey) -> SettingOrigin) {
        self.snapshot = snapshot
        self.origin = origin
    }

    /// Only comments and space: for YAML that is no mapping, for us no settings.
    private static func isBlank(_ data: Data) -> Bool {
        String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).allSatisfy { line in
            line.drop { $0 == " " || $0 == "\t" }.first.map { $0 == "#" } ?? true
        }
    }
}
