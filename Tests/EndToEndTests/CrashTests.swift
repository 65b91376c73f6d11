import Foundation
import NIOHTTP1
import PealCore
import Synchronization
import Testing

/// Producers and clients run while the server is killed with `kill -9` and started again; a ledger then shows whether
/// anything acknowledged was lost, anything was shown twice, or any count is wrong.
///
/// `PEAL_CRASH_ROUNDS` sets the number of kills, `PEAL_SEED` repeats a run.
@Suite(.serialized) struct CrashTests {
    @Test(.timeLimit(.minutes(30))) func nothingIsLostTwiceOrMiscountedUnderKill9() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["PEAL_CRASH_ROUNDS"].flatMap(Int.init) ?? 8
        let seed = environment["PEAL_SEED"].flatMap(UInt64.init) ?? .random(in: 1...UInt64(UInt32.max))
        print("crash test: PEAL_SEED=\(seed) PEAL_CRASH_ROUNDS=\(rounds)")

        try await ServerProcess.with { server in
            let users = (0..<6).map { "user-\($0)" }
            let run = CrashRun(server: server, key: try await server.apiKey(), users: users, seed: seed)
            let tokens = try await run.tokens()
            try await withThrowingTaskGroup { group in
                for index in 0..<4 { group.addTask { await run.produce(index) } }
                for user in users {
                    for device in 0..<2 { group.addTask { await run.live(user, device, token: tokens[user] ?? "") } }
                }
                group.addTask { try await run.killAndRestart(rounds) }
                group.addTask { await run.finish() }
                try await group.waitForAll()
            }
            let verdict = try await run.verdict(tokens)
            print("crash test: \(verdict)")
            #expect(verdict.isClean, "\(verdict) with PEAL_SEED=\(seed)")
            #expect(verdict.acknowledged > rounds, "the producers hardly got anything through")
        }
    }
}
