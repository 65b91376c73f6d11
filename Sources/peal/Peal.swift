import ArgumentParser
import Foundation
import PealServer

@main
struct Peal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peal",
        abstract: "A self-hosted notification server.",
        discussion: """
            Start it, make a token, listen, and notify:
              peal serve &
              peal listen --user maria &
              peal send --user maria --type like --actor joao --actor-name João --target post/42

            Exit status: 0 success; 1 failure; 2 wrong usage or configuration; 69 the server cannot be reached;
            77 the key or token was not accepted.
            """,
        version: Version.current,
        subcommands: [
            Serve.self, Send.self, Listen.self, Token.self, Revoke.self, Keys.self, TemplatesCommand.self, Config.self,
            Bench.self, VersionCommand.self, BenchWorker.self,
        ])

    static func main() async {
        // A reader that goes away (`peal listen | head`) must end the write, not the process in the middle of a commit.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            ExitStatus.end(with: error)
        }
    }
}
