import ArgumentParser
import PealServer

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the effective settings, and where each value came from.",
        discussion: """
            Secrets are hidden. Takes the same settings as `peal serve`.

            EXAMPLES
              peal config
              peal config --config peal.yaml --json
              peal config --reference > docs/configuration.md
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Print the reference of all settings, in Markdown.")
    var reference = false

    @OptionGroup var options: SettingsOptions

    func run() throws {
        if reference { return Console.print(SettingsReference.markdown.droppingLastNewline) }
        let settings = try options.load()
        Console.print(json ? settings.json : settings.report)
    }
}

extension String {
    fileprivate var droppingLastNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
