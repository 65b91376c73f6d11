import ArgumentParser
import PealCore
import PealPipeline
import PealServer

struct TemplatesPreview: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Show title and message of a type, for different numbers of people.",
        discussion: """
            Needs no server. The texts are those that are built in and those of templates.directory.

            EXAMPLES
              peal templates preview --type like --locale es --target post
              peal templates preview --type comment --actors 1,2,1000001 --target photo --excerpt 'Que foto!'
              peal templates preview --type invoice-paid --actors 0 --metadata '{"number":77}' --folder ./templates
            """)

    @Option(help: "like, comment, reply, follow, mention, or any type of your own.")
    var type: String

    @Option(help: ArgumentHelp("The reader's; templates.locale if none is given.", valueName: "tag"))
    var locale: String?

    @Option(help: ArgumentHelp("How many people, with commas between.", valueName: "counts"))
    var actors = PeopleCounts([1, 2, 3, 11])

    @Option(help: ArgumentHelp("What they did it to: a type, or a type and an id.", valueName: "type/id"))
    var target: String?

    @Option(help: ArgumentHelp("What the newest of them wrote.", valueName: "text"))
    var excerpt: String?

    @Option(help: ArgumentHelp("The event's metadata, a JSON object.", valueName: "json"))
    var metadata: String?

    @Option(help: ArgumentHelp("Texts of your own, instead of those in templates.directory.", valueName: "path"))
    var folder: String?

    @OptionGroup var options: TemplatesOptions

    func run() throws {
        let templates = try templates()
        for (index, count) in actors.counts.enumerated() {
            let (locale, text) = templates.localizedText(for: try request(count).subject)
            if index == 0 { Console.print(locale.description) }
            Console.print(lines(text, count).joined(separator: "\n"))
        }
    }

    private func templates() throws -> Templates {
        let settings = try options.settings()
        do throws(TemplateFailure) {
            return try Templates(
                defaultLocale: settings.templates.locale,
                folder: (folder ?? settings.templates.directory).map(TemplateFolder.init))
        } catch {
            throw Failure(error.description)
        }
    }

    /// Checked as the API checks it.
    private func request(_ count: Int) throws(Failure) -> PreviewRequest {
        var members = [JSON.Member("type", .string(type)), JSON.Member("actor_count", .number(String(count)))]
        let parts = target?.split(separator: "/", maxSplits: 1).map(String.init) ?? []
        let texts = [
            ("locale", locale), ("target_type", parts.first), ("target_id", parts.dropFirst().first),
            ("excerpt", excerpt),
        ]
        for case (let name, let text?) in texts { members.append(JSON.Member(name, .string(text))) }
        if let metadata {
            guard let json = try? JSON.parse(metadata.utf8) else {
                throw Failure(.usage, "--metadata must be a JSON object")
            }
            members.append(JSON.Member("metadata", json))
        }
        do throws(ValidationFailure) {
            return try PreviewRequest(.object(members))
        } catch {
            throw Failure(.usage, error.problems.map(\.description).joined(separator: "; "))
        }
    }

    /// The number stands before the title; the message below it.
    private func lines(_ text: RenderedText, _ count: Int) -> [String] {
        let width = max(3, actors.counts.map { String($0).count }.max() ?? 0)
        let number = String(count)
        let margin = String(repeating: " ", count: width - number.count) + number
        let indent = String(repeating: " ", count: width + 2)
        return ["\(margin)  \(text.title)"] + text.message.split(separator: "\n").map { indent + $0 }
    }
}

/// `1,2,3,11`.
struct PeopleCounts: ExpressibleByArgument, CustomStringConvertible {
    let counts: [Int]

    init(_ counts: [Int]) { self.counts = counts }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        counts = parts.compactMap { Int($0.filter { $0 != " " }) }
        guard !counts.isEmpty, counts.count == parts.count, counts.allSatisfy((0...1_000_000_000).contains) else {
            return nil
        }
    }

    var description: String { counts.map(String.init).joined(separator: ",") }
}
