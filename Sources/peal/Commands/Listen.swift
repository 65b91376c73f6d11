import ArgumentParser
import Foundation
import PealCore

struct Listen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a user's inbox live in the terminal.",
        discussion: """
            Comes back by itself when the connection breaks, and resumes where it was: nothing is missed, nothing is shown
            twice. The token is --token, else PEAL_TOKEN, else one for --user, signed with the server's own secret where
            its data directory can be read. Ends with Ctrl-C.

            EXAMPLES
              peal listen --user maria
              peal listen --user maria --mark-read
              peal listen --token eyJ… --url http://notify.example:8080 --json | jq .type
            """)

    @Option(help: "Whose inbox; makes a token with the server's secret.")
    var user: String?

    @Option(help: ArgumentHelp("A token of the user.", valueName: "jwt"))
    var token: String?

    @Option(help: ArgumentHelp("Show what changed after this cursor.", valueName: "cursor"))
    var since: String?

    @Flag(help: "Print the frames as they come, one a line.")
    var json = false

    @Flag(help: "Mark notifications as read when they have been shown.")
    var markRead = false

    @Option(help: ArgumentHelp("End after this many notifications.", valueName: "number"))
    var count: Int?

    @Flag(help: "No colours.")
    var noColor = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let server = try client.server()
        let given = token ?? ProcessInfo.processInfo.environment["PEAL_TOKEN"]
        var reconnection = Reconnection(renewsTokens: given == nil)
        var screen = Screen(lines: InboxLines(style: Style(allowed: !noColor), cursor: since), command: self)
        while !screen.isDone {
            let token = try await tokenToUse(given)
            let connection = await InboxConnection.open(server, token: token, since: screen.lines.cursor)
            for await event in connection.events {
                switch event {
                case .opened: reconnection.opened()
                case .text(let text): screen.take(text, on: connection)
                case .ended(let end):
                    screen.connectionEnded()
                    try await wait(for: reconnection.decision(after: end))
                }
                if screen.isDone { break }
            }
        }
    }

    private func tokenToUse(_ given: String?) async throws -> String {
        if let given, !given.isEmpty { return given }
        guard let user else { throw Failure(.usage, "whose inbox? give --user, --token or PEAL_TOKEN") }
        return try client.secrets().token(for: user, lifetime: .seconds(3600))
    }

    private func wait(for decision: Reconnection.Decision) async throws {
        switch decision {
        case .stop(let failure): throw failure
        case .retry(let delay, let reason):
            Console.complain("peal: \(reason); again in \((delay.inSeconds * 10).rounded(.up) / 10) s")
            try await Task.sleep(for: delay)
        }
    }

    /// What has been shown so far.
    private struct Screen {
        var lines: InboxLines
        let command: Listen
        private var shownCount = 0
        /// Marks that the server has not answered yet.
        private var unansweredMarks = 0

        init(lines: InboxLines, command: Listen) {
            self.lines = lines
            self.command = command
        }

        /// Whether all has been shown, and what was to be marked is.
        var isDone: Bool { hasShownAll && unansweredMarks == 0 }

        private var hasShownAll: Bool { command.count.map { shownCount >= $0 } ?? false }

        /// Nobody will answer any more.
        mutating func connectionEnded() { unansweredMarks = 0 }

        mutating func take(_ text: String, on connection: InboxConnection) {
            guard let frame = try? JSON.parse(text.utf8) else { return }
            if command.json, !hasShownAll { Console.print(text) }
            if unansweredMarks > 0, ["marked_read", "error"].contains(frame["type"]?.string) { unansweredMarks -= 1 }
            for shown in lines.take(frame) {
                guard !hasShownAll else { return }
                if !command.json { Console.print(shown.line) }
                if shown.isNotification { shownCount += 1 }
                if command.markRead, let id = shown.unreadID {
                    unansweredMarks += 1
                    connection.send(#"{"type":"mark_read","notification_id":"\#(id)"}"#)
                }
            }
        }
    }
}
