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

    /// For `peal serve --help`: one line a setting.
    public static var flagHelp: String {
        let width = Settings.all.map(\.key.flag.count).max() ?? 0
        return Settings.all.map { setting in
            let space = String(repeating: " ", count: width - setting.key.flag.count)
            return "  \(setting.key.flag)\(space)  \(summary(setting))"
        }.joined(separator: "\n")
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

    /// The first sentence, without Markdown.
    private static func summary(_ setting: any AnySetting) -> String {
        let sentence = setting.help.prefix { $0 != "." && $0 != ";" && $0 != ":" }.filter { $0 != "`" }
        return setting.defaultText.isEmpty ? sentence : "\(sentence) (\(setting.defaultText))"
    }
}
