import ArgumentParser
import Foundation
import PealPipeline
import PealServer

struct TemplatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "templates",
        abstract: "Check texts of your own, and see what notifications will say.",
        discussion: """
            docs/templates.md explains how texts are written.

            EXAMPLES
              peal templates check ./templates
              peal templates preview --type like --locale es --actors 11 --target post
            """,
        subcommands: [TemplatesCheck.self, TemplatesPreview.self])
}

/// Which texts are meant: those that a server with the same settings would use.
struct TemplatesOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A YAML file with settings (or PEAL_CONFIG).", valueName: "file"))
    var config: String?

    func settings() throws(SettingsError) -> Settings {
        try Settings.load(file: config, environment: ProcessInfo.processInfo.environment)
    }
}
