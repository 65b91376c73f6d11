import Configuration

/// The one name of a setting, and by one rule the other two: `store.url` is `--store-url` and `PEAL_STORE_URL`.
public struct SettingKey: Sendable, Hashable, CustomStringConvertible {
    /// What every environment name begins with.
    public static let environmentPrefix = "PEAL_"

    /// As in the file: words of lower-case letters, digits and dashes between dots.
    public let description: String

    init(_ text: String) {
        description = text
    }

    /// With the two dashes.
    public var flag: String { "--" + description.map { $0 == "." ? "-" : String($0) }.joined() }

    public var environmentName: String {
        Self.environmentPrefix + description.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    var configKey: AbsoluteConfigKey { AbsoluteConfigKey(description.split(separator: ".").map(String.init)) }
}
