import ArgumentParser
import PealServer

struct Serve: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            abstract: "Serve producers and clients until SIGTERM or SIGINT.",
            discussion: """
                Needs no configuration: keeps its data in ./peal-data, makes its secrets on first start, and serves on
                http://127.0.0.1:8080.

                EXAMPLES
                  peal serve --dev
                  peal serve --http-host 0.0.0.0 --http-port 80 --data-directory /var/lib/peal
                  PEAL_STORE_URL=memory: peal serve --config peal.yaml

                SETTINGS (also in the file and as PEAL_… variables; docs/configuration.md explains each)
                \(SettingsReference.flagHelp)
                """)
    }

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        try await Server.run(options.load())
    }
}
