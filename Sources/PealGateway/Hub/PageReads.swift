import Logging
import PealCore
import Synchronization

/// First pages of sessions that begin. One that comes alone is read at once; those that come while others are being read
/// share the next read, so that a storm of newcomers does not hand each of them from thread to thread.
final class PageReads: Sendable {
    private struct Newcomer: Sendable {
        let reader: Reader
        let query: PageQuery
        let isReset: Bool
    }

    private struct State {
        var waiting: [Newcomer] = []
        var underWay = 0
    }

    /// Few enough that the last of them does not wait long for the others' pages.
    private static let batchLimit = 32
    private static let concurrency = 2

    private let state = Mutex(State())

    func add(_ reader: Reader, _ query: PageQuery, isReset: Bool, hub: Hub) {
        let newcomer = Newcomer(reader: reader, query: query, isReset: isReset)
        let begins = state.withLock { state in
            state.waiting.append(newcomer)
            guard state.underWay < Self.concurrency else { return false }
            state.underWay += 1
            return true
        }
        guard begins else { return }
        Task {
            while let batch = next() { await read(batch, hub: hub) }
        }
    }

    private func next() -> [Newcomer]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.underWay -= 1
                return nil
            }
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func read(_ batch: [Newcomer], hub: Hub) async {
        hub.metrics.read(.page, count: batch.count)
        let answers: [StoreAnswer]
        do throws(StoreError) {
            let pages = try await hub.store.pages(batch.map(\.query))
            answers = zip(batch, pages).map { .page($1, reset: $0.isReset) }
        } catch {
            hub.logger.warning("First pages could not be read", metadata: ["error": "\(error)"])
            answers = batch.map {
                .failed(error, .page(limit: $0.query.limit, reset: $0.isReset, status: $0.query.status))
            }
        }
        var byLoop: [ObjectIdentifier: (shard: LoopShard, answers: [(Newcomer, StoreAnswer)])] = [:]
        for (newcomer, answer) in zip(batch, answers) {
            let shard = newcomer.reader.shard
            byLoop[ObjectIdentifier(shard), default: (shard, [])].answers.append((newcomer, answer))
        }
        for (shard, answers) in byLoop.values {
            shard.loop.execute {
                for (newcomer, answer) in answers {
                    newcomer.reader.complete(answer, of: newcomer.query.user, hub: hub)
                }
            }
        }
    }
}
