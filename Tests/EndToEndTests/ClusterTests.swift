import Foundation
import PealCore
import Testing

/// Several nodes on one PostgreSQL, each a process of its own.
@Suite(.serialized, .timeLimit(.minutes(4))) struct ClusterTests {
    enum BusKind: String, CaseIterable, Sendable {
        case redis, notify
    }

    private struct Nodes {
        var nodes: [ServerProcess]
        var postgres: PostgresServer
        var redis: RedisServer?

        /// Creates a notification over one of the nodes.
        func create(for user: String, _ message: String, over node: Int) async throws {
            let answer = try await HTTP.post(
                "\(nodes[node].base)/v1/notifications",
                #"{"user_id":"\#(user)","type":"notice","message":"\#(message)"}"#,
                headers: .bearer(try await nodes[node].apiKey()))
            try #require(answer.status == 201, "\(answer.body)")
        }

        func token(for user: String) async throws -> String {
            try await nodes[0].token(for: user, "--auth-jwt-secret", Self.secret)
        }

        static let secret = "0123456789abcdef0123456789abcdef-cluster"
    }

    private func withNodes(
        _ count: Int, _ kind: BusKind, _ arguments: [String] = [], _ body: (Nodes) async throws -> Void
    ) async throws {
        func run(_ postgres: PostgresServer, _ redis: RedisServer?) async throws {
            let bus = redis.map { ["--bus-url", "redis://127.0.0.1:\($0.port)"] } ?? []
            var nodes: [ServerProcess] = []
            func end() async {
                for node in nodes {
                    await node.kill()
                    try? FileManager.default.removeItem(at: node.folder)
                }
            }
            do {
                for _ in 0..<count {
                    let node = try ServerProcess(
                        ["--store-url", postgres.url, "--auth-jwt-secret", Nodes.secret] + bus + arguments)
                    nodes.append(node)
                    try await node.start()
                }
                try await body(Nodes(nodes: nodes, postgres: postgres, redis: redis))
            } catch {
                await end()
                throw error
            }
            await end()
        }
        try await PostgresServer.with { postgres in
            switch kind {
            case .redis: try await RedisServer.with { try await run(postgres, $0) }
            case .notify: try await run(postgres, nil)
            }
        }
    }

    @Test(arguments: BusKind.allCases) func whatOneNodeStoresTheOtherShows(_ kind: BusKind) async throws {
        try await withNodes(2, kind) { cluster in
            let token = try await cluster.token(for: "maria")
            try await WebSocketStream.with(port: cluster.nodes[1].port, token: token) { there in
                _ = try await there.next(type: "initial_load")
                try await cluster.create(for: "maria", "olá", over: 0)
                let frame = try await there.next(type: "notification")
                #expect(frame?["unread_count"]?.integer == 1 && frame?["data"]?["message"]?.string == "olá")
                let id = try #require(frame?["data"]?["notification_id"]?.string)
                let read = try await HTTP.post(
                    "\(cluster.nodes[0].base)/v1/notifications/\(id)/read", headers: .bearer(token))
                #expect(read.status == 200)
                let update = try await there.next(type: "notification_update")
                #expect(update?["update_type"]?.string == "read" && update?["unread_count"]?.integer == 0)
                #expect(update?["seq"]?.integer == 2)
                // More than NOTIFY takes: the other node asks the store.
                try await cluster.create(for: "maria", String(repeating: "x", count: 4000), over: 0)
                try await cluster.create(for: "maria", String(repeating: "é", count: 2000), over: 0)
                var seq: Int64 = 2
                while seq < 4 {
                    guard case .text(let text) = try await there.next() else { break }
                    seq = (try? JSON.parse(text.utf8))?["seq"]?.integer ?? seq
                }
                #expect(seq == 4)
            }
        }
    }

    /// The bus is away: what is missed is found within seconds. It is back: at once again.
    @Test func aBusThatWasAwayLosesNothing() async throws {
        try await withNodes(2, .redis) { cluster in
            let redis = try #require(cluster.redis)
            let token = try await cluster.token(for: "maria")
            try await WebSocketStream.with(port: cluster.nodes[1].port, token: token) { there in
                _ = try await there.next(type: "initial_load")
                try await cluster.create(for: "maria", "1", over: 0)
                #expect(try await there.next(type: "notification")?["seq"]?.integer == 1)
                await redis.kill()
                try await cluster.create(for: "maria", "2", over: 0)
                let sync = try await there.next(type: "sync")
                #expect(sync?["seq"]?.integer == 2 && sync?["unread_count"]?.integer == 2)
                try await redis.start()
                // Both nodes come back on their own; until then the store is asked.
                var notified = false
                for number in 3..<60 where !notified {
                    try await cluster.create(for: "maria", "\(number)", over: 0)
                    guard case .text(let text) = try await there.next() else { break }
                    notified = text.contains(#""type":"notification""#)
                    try await Task.sleep(for: .milliseconds(250))
                }
                #expect(notified)
            }
        }
    }

    /// A node dies: its clients go to another and miss nothing, and the others go on.
    @Test(arguments: BusKind.allCases) func aNodeThatDiesTakesNothingAlong(_ kind: BusKind) async throws {
        try await withNodes(2, kind) { cluster in
            let token = try await cluster.token(for: "maria")
            let cursor = try await WebSocketStream.with(port: cluster.nodes[0].port, token: token) { here in
                _ = try await here.next(type: "initial_load")
                try await cluster.create(for: "maria", "1", over: 0)
                return try #require(try await here.next(type: "notification")?["cursor"]?.string)
            }
            await cluster.nodes[0].kill()
            try await cluster.create(for: "maria", "2", over: 1)
            let answer = try await HTTP.get(
                "\(cluster.nodes[1].base)/v1/sync?since=\(cursor)&wait=1", headers: .bearer(token)
            ).json()
            #expect(answer["changes"]?.array?.count == 1 && answer["unread_count"]?.integer == 2)
        }
    }

    /// PostgreSQL is killed and started again: what was acknowledged is there, and writers and readers find it by themselves.
    @Test func aDatabaseThatWasKilledIsFoundAgain() async throws {
        try await withNodes(1, .notify) { cluster in
            let token = try await cluster.token(for: "maria")
            try await cluster.create(for: "maria", "1", over: 0)
            await cluster.postgres.kill()
            try await cluster.postgres.start()
            try await cluster.create(for: "maria", "2", over: 0)
            let list = try await HTTP.get(
                "\(cluster.nodes[0].base)/v1/notifications", headers: .bearer(token)
            ).json()
            #expect(list["unread_count"]?.integer == 2 && list["notifications"]?.array?.count == 2)
        }
    }

    /// All nodes hear it; one stores it.
    @Test func whatIsToPersistIsStoredOnce() async throws {
        try await withNodes(2, .redis) { cluster in
            let redis = try #require(cluster.redis)
            let token = try await cluster.token(for: "u42")
            let areListening = try await eventually {
                try await redis.publish(#"{"type":"shown"}"#, to: "notifications:u42") == 2
            }
            // Until one of the nodes has the lease nobody stores anything.
            let isHeld = try await eventually {
                try await cluster.postgres.query("SELECT count(*) FROM peal.leases WHERE name = 'foreign'") == "1"
            }
            #expect(areListening && isHeld)
            for number in 1...5 {
                try await redis.publish(
                    #"{"type":"new_message","persist":true,"message_id":"m\#(number)"}"#, to: "notifications:u42")
            }
            let url = "\(cluster.nodes[1].base)/v1/notifications/unread-count"
            let areStored = try await eventually {
                try await HTTP.get(url, headers: .bearer(token)).json()["unread_count"]?.integer ?? 0 >= 5
            }
            #expect(areStored)
            let list = try await HTTP.get(
                "\(cluster.nodes[0].base)/v1/notifications", headers: .bearer(token)
            ).json()
            #expect(list["unread_count"]?.integer == 5 && list["seq"]?.integer == 5)
        }
    }

    @Test func withoutASharedSecretItDoesNotStart() async throws {
        let output = try await PealBinary.run(["serve", "--store-url", "postgresql://peal:geheim@127.0.0.1:1/peal"])
        #expect(output.status != 0)
        #expect(output.standardError.contains("auth.jwt.secret"))
        #expect(!output.standardError.contains("geheim"))
        let away = try await PealBinary.run([
            "serve", "--store-url", "postgresql://peal:geheim@127.0.0.1:1/peal", "--auth-jwt-secret", Nodes.secret,
        ])
        #expect(away.status != 0)
        #expect(away.standardError.contains("store.url") && !away.standardError.contains("geheim"))
    }
}
