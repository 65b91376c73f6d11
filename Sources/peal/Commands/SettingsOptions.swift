import ArgumentParser
import Foundation
import PealServer

/// The settings of the server, as flags. They are declared in one place, the settings module, which reads what this
/// parser does not know.
struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A YAML file with settings (or PEAL_CONFIG).", valueName: "file"))
    var config: String?

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Settings, such as --http-port 9000.", valueName: "--setting value"))
    var settings: [String] = []

    func load() throws(SettingsError) -> Settings {
        try Settings.load(
            file: config, environment: ProcessInfo.processInfo.environment, arguments: settings)
    }
}
