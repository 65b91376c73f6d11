/// Texts made from ``SettingsTree``.
public enum SettingsReference {
    /// `docs/configuration.md`.
    public static var markdown: String {
        """
        # Configuration

        <!-- Written by `peal config --reference` from Sources/PealServer/Settings. Do not edit. -->

        Peal needs no configuration. What you do set comes from flags, then from the environment, then from a YAML file
        (`--config FILE` or `PEAL_CONFIG`); the first that has a value wins. One rule makes all three names: `store.url` in
        the file is `--store-url` and `PEAL_STORE_URL`. An unknown name or a wrong value is an error, and Peal exits with
        status 2. `peal config` shows what is in effect and where each value came from.

        ```yaml
        http:
          host: 0.0.0.0
        session:
          ping-interval: 30s
        grouping:
          types: [like, comment, invoice-paid]
        ```

        Durations are written `500ms`, `54s`, `5m`, `24h`, `7d`; sizes `8192`, `256KiB`, `1MiB`. Lists have commas between
        their parts. A toggle is a flag without a value; `--no-…` turns it off.

        """ + Settings.sections.map(section).joined()
    }

    /// For `peal serve --help`: each flag with its default, and its explanation below.
    public static var flagHelp: String {
        Settings.all.map { setting in
            let value = setting.defaultText.isEmpty ? "" : " (\(setting.defaultText))"
            return (["  \(setting.key.flag)\(value)"] + wrapped(setting.help.filter { $0 != "`" }, indent: 6))
                .joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private static func wrapped(_ text: String, indent: Int, width: Int = 78) -> [String] {
        let margin = String(repeating: " ", count: indent)
        return text.split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(margin + word)
            }
        }
    }

    private static func section(_ section: SettingsSection) -> String {
        "\n## \(section.title)\n" + section.settings.map(entry).joined()
    }

    private static func entry(_ setting: any AnySetting) -> String {
        var facts = ["`\(setting.key.flag)`", "`\(setting.key.environmentName)`"]
        if let name = setting.legacyName { facts.append("also `\(name)`") }
        facts.append(setting.defaultText.isEmpty ? "no default" : "default `\(setting.defaultText)`")
        return """

            ### `\(setting.key)`
            \(facts.joined(separator: " · "))

            \(setting.help) Must be \(setting.allowed).

            """
    }
}
