import Logging
import NIOCore
import PealCore
public import ServiceLifecycle

extension Hub: Service {
    /// Checks heads until a graceful shutdown begins, then drains. Put it after the server in a service group, which shuts
    /// down in reverse order: sessions leave while the server still answers (RULES 35).
    public func run() async throws {
        let isGraceful = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.patrol()
            }
            let isGraceful = (try? await gracefulShutdown()) != nil
            group.cancelAll()
            return isGraceful
        }
        await drain(inHaste: !isGraceful)
    }

    /// Refuses new sessions, then closes those that there are at an even pace, each with its own time to come back.
    ///
    /// - Parameter inHaste: without the delays.
    public func drain(inHaste: Bool = false) async {
        guard beginDraining() else { return }
        logger.info("Draining", metadata: ["connections": "\(sessionCount)"])
        if !inHaste { try? await Task.sleep(for: settings.drainDelay) }
        var sessions: [Reader] = []
        for shard in shards {
            let found = await shard.loop.submit { shard.sessions().map { SessionReference($0) } }
            sessions += found.map { Reader(session: $0, shard: shard) }
        }
        sessions.shuffle()
        let step = Duration.milliseconds(10)
        let pace = DrainPace(count: sessions.count, duration: inHaste ? .zero : settings.drainDuration)
        let start = ContinuousClock.now
        while !sessions.isEmpty {
            // By the clock, since a sleep may take longer than it was asked to.
            let left = Task.isCancelled ? 0 : pace.left(after: .now - start)
            for reader in sessions[left...] { close(reader) }
            sessions.removeLast(sessions.count - left)
            if left > 0 { try? await Task.sleep(for: step) }
        }
        // Sessions that were being let in when the drain began are closed by the server's own shutdown.
        var patience = 300
        while patience > 0 {
            let isEmpty = await hasNoStreams()
            if isEmpty { break }
            try? await Task.sleep(for: step)
            patience -= 1
        }
    }

    /// Whether all have ended, and those of the reactor, which no server waits for, have been closed too.
    private func hasNoStreams() async -> Bool {
        guard sessionCount == 0 else { return false }
        for shard in reactor?.shards ?? [] {
            guard await shard.loop.submit({ shard.memberCount }) == 0 else { return false }
        }
        return true
    }

    private func close(_ reader: Reader) {
        let delay = makeReconnectDelay()
        reader.shard.loop.execute {
            reader.shard.session(reader.session)?.close(.goingAway, reason: "", reconnectAfter: delay)
        }
    }

    func makeReconnectDelay() -> Duration {
        let spread = max(0, settings.reconnectSpread.wholeMilliseconds)
        return settings.reconnectDelay + .milliseconds(Int64.random(in: 0...spread))
    }
}

/// How many sessions may still be open at a moment of the drain.
struct DrainPace {
    let count: Int
    let duration: Duration

    func left(after time: Duration) -> Int {
        guard duration > .zero, time < duration else { return 0 }
        return min(count, Int((Double(count) * (1 - time / duration)).rounded(.up)))
    }
}
