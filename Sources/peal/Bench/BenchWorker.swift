import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
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
        /// From now on each client is waited for until it has come back; answers `expecting COUNT`.
        case expect
        /// Waits until all are back; answers `returned COUNT NANOSECONDS ATTEMPTS RESETS LATENCIES`.
        case `return`
        /// Answers `visits COUNT LOST`.
        case visits
        case close

        init?(_ line: String) {
            let words = line.split(separator: " ")
            switch words.first {
            case "await": self = .await(words.count > 1 ? Int(words[1]) ?? 0 : 0)
            case "report": self = .report
            case "expect": self = .expect
            case "return": self = .return
            case "visits": self = .visits
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
        let tls = try plan.carrier.makeTLS()
        let crowd = try await loop.submit {
            NIOLoopBound(plan.crowd(tokens: tokens, tls: tls, loop: loop), eventLoop: loop)
        }.get()
        let opened = try await loop.flatSubmit { crowd.value.connect() }.get()
        Console.print("ready \(opened.count) \(opened.failed) \(opened.problem)")
        while let command = readLine().flatMap(Command.init) {
            let answer = try await loop.flatSubmit { crowd.value.obey(command) }.get()
            Console.print(answer)
            if case .close = command { break }
        }
    }
}

/// What a worker process is full of. Touched by its loop alone.
protocol WorkerCrowd: AnyObject {
    func connect() -> EventLoopFuture<Crowd.Opened>
    func obey(_ command: BenchWorker.Command) -> EventLoopFuture<String>
}

/// What the clients of a worker do.
enum WorkerRole: String, Sendable {
    case listening, returning, slow, flood, half
}

/// What a worker is to connect: one line, space between the parts.
struct WorkerPlan: Sendable {
    var port: Int
    var secret: String
    /// The number of the first user.
    var first: Int
    var count: Int
    /// The clients take turns to be one of so many users.
    var userCount: Int
    /// The loopback address to connect from: a port range of its own.
    var source: String
    var role: WorkerRole
    /// How many seconds a client stays on average; 0 for as long as it may.
    var visit: Int
    /// Of those that only listen; the others speak WebSocket.
    var carrier: BenchCarrier

    init(
        port: Int, secret: String, first: Int, count: Int, userCount: Int, source: String,
        role: WorkerRole = .listening, visit: Int = 0, carrier: BenchCarrier = BenchCarrier()
    ) {
        self.port = port
        self.secret = secret
        self.first = first
        self.count = count
        self.userCount = userCount
        self.source = source
        self.role = role
        self.visit = visit
        self.carrier = carrier
    }

    var line: String {
        "\(port) \(secret) \(first) \(count) \(userCount) \(source) \(role.rawValue) \(visit) \(carrier.word)"
    }

    init?(line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 9, let port = Int(words[0]), let first = Int(words[2]), let count = Int(words[3]),
            let userCount = Int(words[4]), let role = WorkerRole(rawValue: words[6]), let visit = Int(words[7]),
            let carrier = BenchCarrier(word: words[8])
        else { return nil }
        self.init(
            port: port, secret: words[1], first: first, count: count, userCount: userCount, source: words[5],
            role: role, visit: visit, carrier: carrier)
    }

    static func user(_ number: Int) -> String { "bench-\(number)" }

    func tokens() async throws -> [String] {
        let signer = TokenSigner(secret: secret)
        return (0..<count).map { number in
            let user = UserID(trusted: Self.user(first + number % max(1, userCount)))
            return signer.token(for: user, lifetime: .seconds(3600), now: .now).token
        }
    }

    func crowd(tokens: [String], tls: NIOSSLContext?, loop: any EventLoop) -> any WorkerCrowd {
        switch role {
        case .listening: Crowd(self, tokens: tokens, tls: tls, loop: loop)
        case .returning: RestlessCrowd(self, tokens: tokens, loop: loop)
        case .slow: HostileCrowd(.slow, self, tokens: tokens, loop: loop)
        case .flood: HostileCrowd(.flood, self, tokens: tokens, loop: loop)
        case .half: HostileCrowd(.half, self, tokens: tokens, loop: loop)
        }
    }
}
