import ArgumentParser
import NIOHTTP1
import PealCore

struct KeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show all keys, their rights, limits and last use.")

    @Flag(help: "Also those that have been revoked.")
    var all = false

    @OptionGroup var options: KeyOptions

    func run() async throws {
        let answer = try await options.ask(.GET, "/v1/keys")
        if options.json { return Console.print(answer.text) }
        let keys = (answer["keys"]?.array ?? []).filter { all || $0["revoked_at"]?.string == nil }
        var table = TextTable(["ID", "LABEL", "SCOPES", "QUOTA", "CREATED", "LAST USED", "STATE"])
        for key in keys { table.add(Self.cells(of: key)) }
        Console.print(table.text)
    }

    private static func cells(of key: JSON) -> [String] {
        let scopes = (key["scopes"]?.array ?? []).compactMap(\.string).joined(separator: ",")
        let isConfigured = key["source"]?.string == "configuration"
        let revoked = key["revoked_at"]?.string.map { "revoked \(minute($0))" }
        return [
            key["id"]?.string ?? "?", key["label"]?.string ?? "?", scopes, quota(key["quota"]),
            key["created_at"]?.string.map(minute) ?? "-", key["last_used_at"]?.string.map(minute) ?? "never",
            revoked ?? (isConfigured ? "configured" : "active"),
        ]
    }

    /// `50/s (burst 200), 100000/day`
    static func quota(_ quota: JSON?) -> String {
        var parts: [String] = []
        if let rate = quota?["per_second"]?.integer {
            let burst = quota?["burst"]?.integer.map { " (burst \($0))" } ?? ""
            parts.append("\(rate)/s\(burst)")
        }
        if let day = quota?["per_day"]?.integer { parts.append("\(day)/day") }
        return parts.isEmpty ? "-" : parts.joined(separator: ", ")
    }

    /// `2026-01-15 10:30`, in UTC as the server writes it.
    private static func minute(_ time: String) -> String {
        String(time.prefix(16)).replacing("T", with: " ")
    }
}
