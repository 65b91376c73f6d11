import Foundation
import Testing

/// Producers and clients run while the server is killed with `kill -9` and started again; a ledger then shows whether
/// anything acknowledged was lost, anything was shown twice, or any count is wrong.
///
/// `PEAL_CRASH_ROUNDS` sets the number of kills, `PEAL_SEED` repeats a run.
@Suite(.serialized) struct CrashTests {
    private let rounds = Self.number("PEAL_CRASH_ROUNDS") ?? 10
    private let seed = Self.number("PEAL_SEED").map(UInt64.init) ?? .random(in: 1...UInt64(UInt32.max))

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    @Test(.timeLimit(.minutes(30))) func nothingIsLostTwiceOrMiscountedUnderKill9() async throws {
        print("crash test: PEAL_SEED=\(seed) PEAL_CRASH_ROUNDS=\(rounds)")
        let verdict = try await verdict(rounds: rounds)
        print("crash test: \(verdict)")
        #expect(verdict.isClean, "\(verdict) with PEAL_SEED=\(seed)")
        #expect(verdict.acknowledged > rounds, "the producers hardly got anything through")
    }

    /// The ledger itself, put to the test: a store that forgets must not pass.
    @Test(.timeLimit(.minutes(5))) func theLedgerNoticesAStoreThatForgets() async throws {
        let verdict = try await verdict(rounds: 2, arguments: ["--store-url", "memory:"])
        #expect(verdict.lost > 0)
        #expect(!verdict.isClean)
    }

    private func verdict(rounds: Int, arguments: [String] = []) async throws -> CrashVerdict {
        try await ServerProcess.with(arguments) { server in
            let users = (0..<6).map { "user-\($0)" }
            let run = CrashRun(server: server, key: try await server.apiKey(), users: users, seed: seed)
            let tokens = try await run.tokens()
            try await withThrowingTaskGroup { group in
                for index in 0..<4 { group.addTask { await run.produce(index) } }
                for user in users {
                    for device in 0..<2 { group.addTask { await run.live(user, device, token: tokens[user] ?? "") } }
                }
                group.addTask { try await run.killAndRestart(rounds) }
                group.addTask { try await run.finish() }
                try await group.waitForAll()
            }
            return try await run.verdict(tokens)
        }
    }
}
