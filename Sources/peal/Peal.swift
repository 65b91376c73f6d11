import ArgumentParser

@main
struct Peal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "peal")
}
