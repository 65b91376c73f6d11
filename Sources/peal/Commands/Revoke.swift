import ArgumentParser
import Foundation
import PealCore

struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Refuse a user's tokens from now on, or one of them, and end what they opened.",
        discussion: """
            Newer tokens of the user are accepted. The API key, which needs the scope revoke, is --key, else
            PEAL_API_KEY, else the file api.key in the server's data directory.

            EXAMPLES
              peal revoke --user maria
              peal revoke --user maria --token-id 7c3e9b1e
            """)

    @Option(help: "Whose tokens.")
    var user: String

    @Option(help: ArgumentHelp("Only the token with this id (jti).", valueName: "id"))
    var tokenID: String?

    @Option(help: ArgumentHelp("The API key.", valueName: "key"))
    var key: String?

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        guard let name = user.addingPercentEncoding(withAllowedCharacters: unreserved) else {
            throw Failure(.usage, "'\(user)' is no user id")
        }
        let body = tokenID.map { JSON.object([JSON.Member("jti", .string($0))]) } ?? .object([])
        let answer = try await ServerClient(server: try client.server()).post(
            "/v1/users/\(name)/revoke", body, bearer: try client.apiKey(key))
        if let tokenID { return Console.print("revoked  \(user)  token \(tokenID)") }
        Console.print("revoked  \(user)  tokens issued before \(answer["not_before"]?.string ?? "now")")
    }
}
