import ArgumentParser
import Foundation
import PealAuth
import PealCore
import PealServer

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a token for a user, signed with the server's own secret.",
        discussion: """
            For trying things out and for scripts on the server's machine; an app signs its own tokens. The secret is
            auth.jwt.secret, else the file jwt.secret in the data directory. Prints the token alone.

            EXAMPLES
              peal token --user maria
              peal token --user maria --expires 15m --data-directory /var/lib/peal
              curl -H "Authorization: Bearer $(peal token --user maria)" http://127.0.0.1:8080/v1/notifications
            """)

    @Option(help: "Whose token.")
    var user: String

    @Option(help: ArgumentHelp("How long it is to be valid.", valueName: "duration"))
    var expires = SettingDuration(.seconds(3600))

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.load()
        Console.print(try LocalSecrets(settings).token(for: user, lifetime: expires.value))
    }
}

/// A duration written as in the settings: `15m`.
struct SettingDuration: ExpressibleByArgument, CustomStringConvertible, Sendable {
    var value: Duration

    init(_ value: Duration) { self.value = value }

    init?(argument: String) {
        guard let value = Duration(setting: argument), value > .zero else { return nil }
        self.value = value
    }

    var description: String { value.settingText }
}
