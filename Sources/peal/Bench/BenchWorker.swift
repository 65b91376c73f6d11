import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import PealAuth
import PealCore

/// One process full of clients. Told what to do on standard input, a line at a time; answers in lines.
struct BenchWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-worker", shouldDisplay: false)

    /// The commands after the plan, and what they are answered with.
    enum Command {
        /// Waits until so many notifications have come to each session; answers `frames COUNT NANOSECONDS`.
        case await(Int)
        /// Answers `report FRAMES LOST LATENCIES` and begins the latencies anew.
        case report
        case close

        init?(_ line: String) {
            let words = line.split(separator: " ")
            switch words.first {
            case "await": self = .await(words.count > 1 ? Int(words[1]) ?? 0 : 0)
            case "report": self = .report
            case "close": self = .close
            default: return nil
            }
        }
    }

    func run() async throws {
        guard let plan = readLine().flatMap(WorkerPlan.init(line:)) else { throw Failure("bench-worker: no plan") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let tokens = try await plan.tokens()
        let crowd = try await loop.submit { NIOLoopBound(Crowd(plan, tokens: tokens, loop: loop), eventLoop: loop) }
            .get()
        let opened = try await loop.flatSubmit { crowd.value.connect() }.get()
        Console.print("ready \(opened.count) \(opened.failed) \(opened.problem)")
        while let command = readLine().flatMap(Command.init) {
            let answer = try await loop.flatSubmit { crowd.value.obey(command) }.get()
            Console.print(answer)
            if case .close = command { break }
        }
    }
}

/// What a worker is to connect: one line, space between the parts.
struct WorkerPlan: Sendable {
    var port: Int
    var secret: String
    /// The number of the first user.
    var first: Int
    var count: Int
    var isOneUser: Bool
    /// The loopback address to connect from: a port range of its own.
    var source: String

    init(port: Int, secret: String, first: Int, count: Int, isOneUser: Bool, source: String) {
        self.port = port
        self.secret = secret
        self.first = first
        self.count = count
        self.isOneUser = isOneUser
        self.source = source
    }

    var line: String { "\(port) \(secret) \(first) \(count) \(isOneUser ? 1 : 0) \(source)" }

    init?(line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 6, let port = Int(words[0]), let first = Int(words[2]), let count = Int(words[3]) else {
            return nil
        }
        self.init(
            port: port, secret: words[1], first: first, count: count, isOneUser: words[4] == "1", source: words[5])
    }

    static func user(_ number: Int) -> String { "bench-\(number)" }

    func tokens() async throws -> [String] {
        let signer = TokenSigner(secret: secret)
        return (first..<first + count).map { number in
            let user = UserID(trusted: Self.user(isOneUser ? 0 : number))
            return signer.token(for: user, lifetime: .seconds(3600), now: .now).token
        }
    }
}
