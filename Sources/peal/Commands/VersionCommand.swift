import ArgumentParser
import PealServer

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the version.", discussion: "EXAMPLE\n  peal version")

    func run() {
        Console.print("peal \(Version.current)")
    }
}
