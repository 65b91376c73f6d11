import ArgumentParser
import NIOHTTP1
import PealCore

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, make, limit and revoke the API keys of a running server.",
        discussion: """
            Needs a key with the scope admin: --key, else PEAL_API_KEY, else the file api.key in the server's data
            directory. A key is shown once, when it is made; the server keeps its hash.

            EXAMPLES
              peal keys
              peal keys create --label billing --scope notify --per-second 50 --per-day 100000
              peal keys quota key_V0dbPqNE --per-second 100
              peal keys quota key_V0dbPqNE --none
              peal keys revoke key_V0dbPqNE
            """,
        subcommands: [KeysList.self, KeysCreate.self, KeysRevoke.self, KeysQuota.self], defaultSubcommand: KeysList.self
    )
}

/// How every `peal keys …` finds the server and its key.
struct KeyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The API key, with the scope admin.", valueName: "key"))
    var key: String?

    @Flag(help: "Print the answer as JSON.")
    var json = false

    @OptionGroup var client: ClientOptions

    func ask(_ method: ServerClient.Method, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await ServerClient(server: try client.server()).send(method, path, body, bearer: try client.apiKey(key))
    }
}

/// The limits of a key, as flags.
struct QuotaOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Notifications a second, in the long run.", valueName: "n"))
    var perSecond: Int?

    @Option(help: ArgumentHelp("Notifications at once; as many as in a second where it is not given.", valueName: "n"))
    var burst: Int?

    @Option(help: ArgumentHelp("Notifications a day (UTC).", valueName: "n"))
    var perDay: Int?

    /// Nil where nothing was given.
    var json: JSON? {
        let limits = [("per_second", perSecond), ("burst", burst), ("per_day", perDay)].compactMap { name, value in
            value.map { JSON.Member(name, .number(String($0))) }
        }
        return limits.isEmpty ? nil : .object(limits)
    }
}
