import ArgumentParser
import Foundation
import NIOHTTP1
import PealCore

struct KeysCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a key, and show it once.")

    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var label: String

    @Option(help: ArgumentHelp("notify, read, act-as, revoke or admin; may be repeated.", valueName: "scope"))
    var scope: [String] = ["notify"]

    @OptionGroup var quota: QuotaOptions
    @OptionGroup var options: KeyOptions

    func run() async throws {
        var members = [
            JSON.Member("label", .string(label)), JSON.Member("scopes", .array(scope.map { .string($0) })),
        ]
        if let quota = quota.json { members.append(JSON.Member("quota", quota)) }
        let answer = try await options.ask(.POST, "/v1/keys", .object(members))
        if options.json { return Console.print(answer.text) }
        Console.print(answer["key"]?.string ?? "")
        // Beside the key, so that a script gets the key alone.
        Console.complain(
            "\(answer["id"]?.string ?? "?") was made. This is the only time that the key is shown: keep it somewhere safe."
        )
    }
}

struct KeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Refuse a key from now on.",
        discussion: "Nothing brings it back. Revoking it once more changes nothing.")

    @Argument(help: "The key's id, as `peal keys` shows it.")
    var id: String

    @Flag(help: "Even if no other key of the store may do everything.")
    var force = false

    @OptionGroup var options: KeyOptions

    func run() async throws {
        let answer = try await options.ask(.DELETE, "/v1/keys/\(try id.pathComponent)?force=\(force)")
        if options.json { return Console.print(answer.text) }
        Console.print("revoked  \(id)  \(answer["label"]?.string ?? "")  at \(answer["revoked_at"]?.string ?? "?")")
    }
}

struct KeysQuota: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota", abstract: "Limit what a key may send, instead of the limits that it has.")

    @Argument(help: "The key's id, as `peal keys` shows it.")
    var id: String

    @Flag(help: "No limit from now on.")
    var none = false

    @OptionGroup var quota: QuotaOptions
    @OptionGroup var options: KeyOptions

    func validate() throws {
        guard none == (quota.json == nil) else {
            throw ValidationError("Give --per-second or --per-day, or --none.")
        }
    }

    func run() async throws {
        let body = JSON.object([JSON.Member("quota", quota.json ?? .null)])
        let answer = try await options.ask(.PATCH, "/v1/keys/\(try id.pathComponent)", body)
        if options.json { return Console.print(answer.text) }
        Console.print("quota  \(id)  \(KeysList.quota(answer["quota"]))")
    }
}

extension String {
    /// As one component of a path (RFC 3986 §3.3).
    var pathComponent: String {
        get throws(Failure) {
            let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
            guard let text = addingPercentEncoding(withAllowedCharacters: unreserved), !text.isEmpty else {
                throw Failure(.usage, "'\(self)' is no id")
            }
            return text
        }
    }
}
