import ArgumentParser
import Foundation
import NIOHTTP1
import PealCore
import PealServer

/// How long an event takes to all members of a topic, and what the others notice of it.
struct BenchTopic: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "One event to all members of a topic, beside clients who are online.",
        discussion: """
            Some of the members are online. Notifications are created at a fixed rate for them, first alone, then while the event
            is on its way to all members.

            EXAMPLE
              peal bench topic --members 100000 --connections 1000
            """)

    @Option(help: "Members of the topic.")
    var members = 100_000

    @Option(help: "Sessions, each of a member of its own.")
    var connections = 1000

    @Option(help: "Creates a second, each for somebody online.")
    var rate = 200

    @Option(help: ArgumentHelp("How long the run without the event lasts.", valueName: "duration"))
    var duration = SettingDuration(.seconds(5))

    @OptionGroup var options: BenchOptions

    func run() async throws {
        ChildProcess.endAllWhenInterrupted()
        BenchReport.print([try await measure()], json: options.json)
    }

    private static let topic = "bench"

    private func measure() async throws -> BenchReport {
        let connections = min(connections, members)
        return try await BenchServer.with(options) { server in
            try await addMembers(server)
            return try await WorkerPool.with(
                server, connections: connections, processes: options.processCount(for: connections)
            ) { pool, connected in
                _ = try await load(server, pool, for: .seconds(1))
                let quiet = try await load(server, pool, for: duration.value)
                let before = try server.usage()
                let id = try await notify(server)
                // Rounds of a second, until the one in which it ends.
                var besides = Latencies()
                var fanOut = try await self.fanOut(id, server)
                repeat {
                    besides.add(try await load(server, pool, for: .seconds(1)).text)
                    fanOut = try await self.fanOut(id, server)
                } while fanOut["status"]?.string == "running"
                let used = try server.usage().cpu - before.cpu
                guard let time = Self.duration(of: fanOut), let told = fanOut["created"]?.integer else {
                    throw Failure("the fan-out ended as \(fanOut.text)")
                }
                var report = BenchReport("topic: \(members) members, \(connected.sessions) of them online")
                report.add("not told", Int64(members) - told)
                report.add("from 202 to the last member", time.inSeconds, "s")
                report.add("members", Double(told) / time.inSeconds, "/s")
                report.add("server CPU per member", used.inMicroseconds / Double(max(1, members)), "µs")
                report.add("quiet: create → frame", quiet)
                report.add("meanwhile: create → frame", besides)
                report.add("sessions that broke", try pool.report().lost)
                return report
            }
        }
    }

    private func addMembers(_ server: BenchServer) async throws {
        let requests = EventRequests(
            server.address, path: "/v1/topics/\(Self.topic)/members", key: server.key)
        let size = 1000
        let result = try await LoadGenerator.each(
            server.address, connections: 4, count: (members + size - 1) / size
        ) { [members] number in
            let users = (number * size..<min(number * size + size, members)).map { "\"\(WorkerPlan.user($0))\"" }
            return requests.request(#"{"user_ids":[\#(users.joined(separator: ","))]}"#)
        }
        guard result.failed == 0 else { throw Failure("\(result.failed) requests for members were refused") }
    }

    private func notify(_ server: BenchServer) async throws -> String {
        let event = try JSON.parse(
            #"{"topic":"\#(Self.topic)","type":"bench","message":"Something happened to all of us"}"#.utf8)
        let answer = try await ServerClient(server: server.address).post(
            "/v1/notifications", event, bearer: server.key)
        guard let id = answer["fanout_id"]?.string else { throw Failure("a topic was answered by \(answer.text)") }
        return id
    }

    private func fanOut(_ id: String, _ server: BenchServer) async throws -> JSON {
        try await ServerClient(server: server.address).send(.GET, "/v1/fanouts/\(id)", nil, bearer: server.key)
    }

    /// By the server's clock.
    private static func duration(of fanOut: JSON) -> Duration? {
        guard let start = fanOut["created_at"]?.string.flatMap(Timestamp.init(iso8601:)),
            let end = fanOut["finished_at"]?.string.flatMap(Timestamp.init(iso8601:))
        else { return nil }
        return max(.milliseconds(1), end - start)
    }

    private func load(
        _ server: BenchServer, _ pool: WorkerPool, for duration: Duration
    ) async throws -> Latencies {
        let requests = EventRequests(server.address, path: "/v1/notifications", key: server.key)
        _ = try pool.report()
        let users = min(connections, members)
        let result = try await LoadGenerator.openLoop(
            server.address, connections: 16, rate: rate, duration: duration
        ) { time in
            requests.request(EventRequests.event(for: WorkerPlan.user(.random(in: 0..<users)), createdAt: time))
        }
        guard result.failed == 0 else { throw Failure("\(result.failed) of \(result.sent) requests were refused") }
        try await Task.sleep(for: .milliseconds(200))
        return try pool.report().latencies
    }
}
