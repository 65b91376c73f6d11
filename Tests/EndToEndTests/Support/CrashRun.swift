import Foundation
import NIOHTTP1
import PealCore
import Synchronization

/// The parts of a crash test: producers, clients and the killer, with the ledger that they share.
final class CrashRun: Sendable {
    private let server: ServerProcess
    private let key: String
    private let users: [String]
    private let seed: UInt64
    private let ledger = Mutex(CrashLedger())
    private let isKilling = Mutex(true)
    private let isProducing = Mutex(4)
    private let heads = Mutex<[String: Seq]>([:])

    init(server: ServerProcess, key: String, users: [String], seed: UInt64) {
        self.server = server
        self.key = key
        self.users = users
        self.seed = seed
    }

    func tokens() async throws -> [String: String] {
        var tokens: [String: String] = [:]
        for user in users { tokens[user] = try await server.token(for: user) }
        return tokens
    }

    func killAndRestart(_ rounds: Int) async throws {
        defer { isKilling.withLock { $0 = false } }
        var random = SeededGenerator(seed: seed)
        for _ in 0..<rounds {
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...900, using: &random)))
            await server.kill()
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...150, using: &random)))
            try await server.start()
        }
        try await Task.sleep(for: .milliseconds(300))
    }

    /// Posts until the killing ends; repeats each request with the same key until it is acknowledged.
    func produce(_ index: Int) async {
        defer { isProducing.withLock { $0 -= 1 } }
        var random = SeededGenerator(seed: seed &+ UInt64(index) &+ 1)
        var number = 0
        while isKilling.withLock({ $0 }) {
            number += 1
            let name = "\(index)-\(number)"
            let user = users[Int.random(in: 0..<users.count, using: &random)]
            var actor: String?
            if Int.random(in: 0..<3, using: &random) == 0 { actor = "actor-\(Int.random(in: 0..<30, using: &random))" }
            let body =
                if let actor {
                    """
                    {"user_id":"\(user)","type":"like","actor_id":"\(actor)","target_type":"post",\
                    "target_id":"\(number / 40)"}
                    """
                } else {
                    #"{"user_id":"\#(user)","type":"ping","message":"number \#(name)","metadata":{"name":"\#(name)"}}"#
                }
            await acknowledge(body, CrashLedger.Acknowledged(user: user, id: "", actor: actor), key: name)
        }
    }

    /// Once the producers have ended and the last commands have landed: a last event for each user, up to which its clients
    /// must come.
    func finish() async throws {
        while isProducing.withLock({ $0 }) > 0 { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(500))
        for user in users {
            await acknowledge(
                #"{"user_id":"\#(user)","type":"end","message":"end"}"#, CrashLedger.Acknowledged(user: user, id: ""),
                key: "end-\(user)")
            try await noteHead(of: user)
        }
    }

    private func acknowledge(_ body: String, _ expected: CrashLedger.Acknowledged, key name: String) async {
        var headers = HTTPHeaders.bearer(key)
        headers.add(name: "Idempotency-Key", value: name)
        for attempt in 0..<2_000 {
            if attempt > 0 {
                ledger.withLock { $0.repeatedRequests += 1 }
                try? await Task.sleep(for: .milliseconds(20))
            }
            guard let response = try? await HTTP.post("\(server.base)/v1/notifications", body, headers: headers),
                response.status != 503
            else { continue }
            guard response.status == 201,
                let id = try? response.json()["notifications"]?.array?.first?["notification_id"]?.string
            else {
                ledger.withLock { $0.problems.append("\(response.status) \(response.body)") }
                return
            }
            var acknowledged = expected
            acknowledged.id = id
            ledger.withLock { $0.acknowledged[name] = acknowledged }
            return
        }
        ledger.withLock { $0.problems.append("never acknowledged: \(name)") }
    }

    /// One device: stays connected, resumes by cursor, reads things now and then, until it has caught up at the end.
    func live(_ user: String, _ device: Int, token: String) async {
        let name = "\(user)/\(device)"
        let own = seed &+ UInt64(bitPattern: Int64(name.utf8.reduce(0) { $0 * 31 + Int($1) }))
        var connection: UInt64 = 0
        ledger.withLock { $0.clients[name] = ClientInbox() }
        let deadline = ContinuousClock.now + .seconds(1_200)
        while ContinuousClock.now < deadline {
            // Each connection has numbers of its own, or every one would do what the first did.
            connection += 1
            let random = SeededGenerator(seed: own ^ connection &* 0xD1B5_4A32_D192_ED03)
            let cursor = ledger.withLock { ledger in
                ledger.clients[name]?.connect()
                return ledger.clients[name]?.cursor
            }
            let hasEnded = try? await WebSocketStream.with(port: server.port, token: token, since: cursor) { stream in
                try await self.follow(&stream, as: name, user: user, random: random)
            }
            if hasEnded == true { return }
            ledger.withLock { $0.reconnects += 1 }
            try? await Task.sleep(for: .milliseconds(30))
        }
        ledger.withLock { $0.problems.append("\(name) never caught up") }
    }

    /// True once the run is over and this client is at the head.
    private func follow(
        _ stream: inout WebSocketStream, as name: String, user: String, random: SeededGenerator
    ) async throws -> Bool {
        var random = random
        while true {
            guard let message = try await stream.next() else { return false }
            switch message {
            case .ping: try await stream.pong()
            case .close: return false
            case .pong: break
            case .text(let text):
                let frame = try JSON.parse(text.utf8)
                let (seq, unread) = ledger.withLock { ledger in
                    ledger.clients[name]?.apply(frame)
                    let client = ledger.clients[name]
                    return (client?.seq ?? 0, client?.rows.filter { $0.value.status == "UNREAD" }.map(\.key) ?? [])
                }
                if let head = heads.withLock({ $0[user] }), seq >= head { return true }
                try await act(on: unread, seq: seq, through: stream, using: &random)
            }
            // A client that has nothing to wait for asks now and then, so that it notices the end of the run.
            if isProducing.withLock({ $0 }) == 0 {
                try await stream.send(#"{"type":"get_unread_count"}"#)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func act(
        on unread: [String], seq: Seq, through stream: borrowing WebSocketStream, using random: inout SeededGenerator
    ) async throws {
        guard isKilling.withLock({ $0 }), let id = unread.min() else { return }
        switch Int.random(in: 0..<60, using: &random) {
        case 0...5: try await stream.send(#"{"type":"mark_read","id":1,"notification_id":"\#(id)"}"#)
        case 6: try await stream.send(#"{"type":"mark_all_read","id":2,"up_to_seq":\#(seq)}"#)
        case 7: try await stream.send(#"{"type":"archive","id":3,"notification_id":"\#(id)"}"#)
        case 8: try await stream.send(#"{"type":"mark_seen","id":4,"notification_id":"\#(id)"}"#)
        default: break
        }
    }

    private func noteHead(of user: String) async throws {
        let answer = try await HTTP.get(
            "\(server.base)/v1/notifications/unread-count?user_id=\(user)", headers: .bearer(key))
        guard let seq = try answer.json()["seq"]?.integer else { return }
        heads.withLock { $0[user] = max(seq, $0[user] ?? 0) }
    }

    func verdict(_ tokens: [String: String]) async throws -> CrashVerdict {
        var stored: [String: CrashLedger.Stored] = [:]
        for user in users { stored[user] = try await storedRows(of: user, token: tokens[user] ?? "") }
        return ledger.withLock { $0.verdict(on: stored) }
    }

    private func storedRows(of user: String, token: String) async throws -> CrashLedger.Stored {
        var stored = CrashLedger.Stored()
        for status in ["all", "archived"] {
            var cursor = ""
            repeat {
                let url = "\(server.base)/v1/notifications?limit=200&status=\(status)" + cursor
                let page = try await HTTP.get(url, headers: .bearer(token)).json()
                stored.unreadCount = Int(page["unread_count"]?.integer ?? -1)
                for row in page["notifications"]?.array ?? [] {
                    guard let id = row["notification_id"]?.string else { continue }
                    stored.rows[id] = ClientInbox.Row(row)
                    if let name = row["metadata"]?["name"]?.string { stored.names.append(name) }
                }
                cursor = page["next_cursor"]?.string.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
        }
        return stored
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same on every machine.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
