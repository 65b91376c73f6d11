import ArgumentParser
import Foundation
import PealCore

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Notify one user, several, or a topic, or take it back.",
        discussion: """
            The API key is --key, else PEAL_API_KEY, else the file api.key in the server's data directory.

            EXAMPLES
              peal send --user maria --type like --actor joao --actor-name João --target post/42
              peal send --user maria --type like --actor joao --target post/42 --retract
              peal send --user maria --type comment --actor ana --excerpt 'Ótimo post!' --target post/42
              peal send --user maria --user joao --type news --title Hello --message 'We are open again'
              peal send --topic news --type news --message 'We are open again'
              peal send --topic '$online' --type news --message 'Back in a minute'
              peal send --user maria --type reminder --message 'The meeting begins' --in 10m
              peal send --user maria --type invoice --message 'Invoice 7 is due' --metadata '{"id":7}' --idempotency-key i7
            """)

    @Option(help: "Who is notified; may be repeated.")
    var user: [String] = []

    @Option(help: ArgumentHelp("All members of it, or $online: everyone who has a session now.", valueName: "topic"))
    var topic: String?

    @Option(help: "like, comment, reply, follow, mention, or any type of your own.")
    var type: String

    @Option(help: ArgumentHelp("The id of who did it.", valueName: "id"))
    var actor: String?

    @Option(help: ArgumentHelp("The name to show for the actor.", valueName: "name"))
    var actorName: String?

    @Option(help: ArgumentHelp("What it was done to: a type, or a type and an id.", valueName: "type/id"))
    var target: String?

    @Option(help: ArgumentHelp("Your own title.", valueName: "text"))
    var title: String?

    @Option(help: ArgumentHelp("Your own text, instead of one made from the type.", valueName: "text"))
    var message: String?

    @Option(help: ArgumentHelp("What the actor wrote, quoted in the text.", valueName: "text"))
    var excerpt: String?

    @Option(help: ArgumentHelp("Where a click leads.", valueName: "url"))
    var link: String?

    @Option(help: ArgumentHelp("low, normal or high.", valueName: "priority"))
    var priority: String?

    @Option(help: ArgumentHelp("A JSON object that comes back as it is.", valueName: "json"))
    var metadata: String?

    @Option(help: ArgumentHelp("Send it then, such as 2026-12-01T09:00:00Z; at most a year ahead.", valueName: "time"))
    var at: String?

    @Option(name: .customLong("in"), help: ArgumentHelp("Send it after so long, such as 10m.", valueName: "duration"))
    var delay: SettingDuration?

    @Option(help: ArgumentHelp("Makes repeating safe: one key, one notification.", valueName: "key"))
    var idempotencyKey: String?

    @Flag(help: "Take it back: an unlike, a deleted comment, an unfollow. Needs --actor.")
    var retract = false

    @Option(help: ArgumentHelp("The API key.", valueName: "key"))
    var key: String?

    @Flag(help: "Print the answer as JSON.")
    var json = false

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard user.isEmpty != (topic == nil) else { throw ValidationError("Give --user, or --topic.") }
        guard at == nil || delay == nil else { throw ValidationError("Give --at or --in, not both.") }
    }

    func run() async throws {
        let server = try client.server()
        let headers = idempotencyKey.map { ["Idempotency-Key": $0] } ?? [:]
        let answer = try await ServerClient(server: server).post(
            retract ? "/v1/notifications/retract" : "/v1/notifications", try event(), bearer: try client.apiKey(key),
            headers: headers)
        if json { return Console.print(answer.text) }
        if let id = answer["fanout_id"]?.string {
            return Console.print("accepted  \(answer["topic"]?.string ?? "?")  fan-out \(id)")
        }
        let outcomes = answer["notifications"]?.array ?? []
        for outcome in outcomes { Console.print(Self.line(outcome)) }
        if retract, outcomes.isEmpty { Console.print("nothing told of it") }
    }

    private func event() throws -> JSON {
        var members = [JSON.Member("type", .string(type))]
        if topic == nil { members.append(JSON.Member("user_ids", .array(user.map { .string($0) }))) }
        func add(_ name: String, _ value: String?) {
            if let value { members.append(JSON.Member(name, .string(value))) }
        }
        add("topic", topic)
        add("actor_id", actor)
        add("actor_name", actorName)
        if let target {
            let parts = target.split(separator: "/", maxSplits: 1)
            add("target_type", parts.first.map(String.init))
            add("target_id", parts.count == 2 ? String(parts[1]) : nil)
        }
        add("title", title)
        add("message", message)
        add("excerpt", excerpt)
        add("url", link)
        add("priority", priority)
        add("send_at", at ?? delay.map { "\(Self.now() + $0.value)" })
        if let metadata {
            guard let value = try? JSON.parse(metadata.utf8), value.members != nil else {
                throw Failure(.usage, "--metadata must be a JSON object")
            }
            members.append(JSON.Member("metadata", value))
        }
        return .object(members)
    }

    private static func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    /// `created  maria  0193f5c2-…  seq 7`
    private static func line(_ outcome: JSON) -> String {
        let kind = outcome["outcome"]?.string ?? "?"
        let user = outcome["user_id"]?.string ?? outcome["topic"]?.string ?? "?"
        if let reason = outcome["reason"]?.string { return "\(kind)  \(user)  (\(reason))" }
        if let id = outcome["schedule_id"]?.string {
            return "\(kind)  \(user)  \(id)  at \(outcome["send_at"]?.string ?? "?")"
        }
        let id = outcome["notification_id"]?.string ?? "?"
        return "\(kind)  \(user)  \(id)  seq \(outcome["seq"]?.integer ?? 0)"
    }
}
