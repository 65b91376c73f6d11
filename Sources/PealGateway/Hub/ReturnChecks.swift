import Logging
import NIOCore
import PealCore
import Synchronization

/// Clients that come back with a cursor: one query tells for up to 1,000 of them who has missed something, and rows are read
/// for those alone (RULES 27).
///
/// One that comes alone is looked up at once. When many come, a query waits until some time has passed since the last or 1,000
/// wait for it: long enough for that many where they come at thousands in a second.
final class ReturnChecks: Sendable {
    private struct Returning: Sendable {
        let reader: Reader
        let user: UserID
        let after: Seq
        let limit: Int
    }

    private struct State {
        var waiting: [Returning] = []
        var isScheduled = false
        /// When the next query may be made without waiting for more.
        var due: NIODeadline?
    }

    static let batchLimit = 1000
    private static let spacing = TimeAmount.milliseconds(100)
    /// After a query for so many the next waits longer.
    private static let stormSize = 64
    private static let stormSpacing = TimeAmount.milliseconds(400)

    private let state = Mutex(State())

    func add(_ reader: Reader, user: UserID, after: Seq, limit: Int, hub: Hub) {
        if let head = hub.presence.head(of: user) {
            let returning = Returning(reader: reader, user: user, after: after, limit: limit)
            return settle([(returning, head.inbox)], from: .memory, hub: hub)
        }
        let now = NIODeadline.now()
        let (batch, delay) = state.withLock { state -> ([Returning], TimeAmount?) in
            state.waiting.append(Returning(reader: reader, user: user, after: after, limit: limit))
            if state.waiting.count >= Self.batchLimit { return (Self.take(&state, at: now), nil) }
            guard !state.isScheduled else { return ([], nil) }
            let due = state.due ?? now
            if due <= now { return (Self.take(&state, at: now), nil) }
            state.isScheduled = true
            return ([], due - now)
        }
        if !batch.isEmpty { Task { await self.query(batch, hub: hub) } }
        if let delay { schedule(after: delay, hub: hub) }
    }

    private static func take(_ state: inout State, at now: NIODeadline) -> [Returning] {
        defer { state.waiting = [] }
        state.due = now + (state.waiting.count < stormSize ? spacing : stormSpacing)
        return state.waiting
    }

    private func schedule(after delay: TimeAmount, hub: Hub) {
        Task {
            try? await Task.sleep(for: .nanoseconds(delay.nanoseconds))
            let batch = state.withLock { state in
                state.isScheduled = false
                return Self.take(&state, at: .now())
            }
            if !batch.isEmpty { await query(batch, hub: hub) }
        }
    }

    private func query(_ batch: [Returning], hub: Hub) async {
        hub.metrics.read(.returns)
        let inboxes: [UserID: Inbox]
        do throws(StoreError) {
            inboxes = try await hub.store.inboxes(of: Array(Set(batch.map(\.user))))
        } catch {
            hub.logger.warning("The inboxes of returning clients could not be read", metadata: ["error": "\(error)"])
            for one in batch {
                one.reader.take(.failed(error, .resume(after: one.after, limit: one.limit)), of: one.user, hub: hub)
            }
            return
        }
        settle(batch.map { ($0, inboxes[$0.user] ?? Inbox()) }, from: .query, hub: hub)
    }

    private func settle(_ found: [(Returning, Inbox)], from source: GatewayMetrics.ReturnSource, hub: Hub) {
        var answers: [ObjectIdentifier: (shard: LoopShard, answers: [(Returning, Inbox)])] = [:]
        var current = 0
        for (one, inbox) in found {
            // One that is ahead of the store is told so by the inbox alone.
            guard inbox.seq <= one.after else {
                hub.sharedReads.add(one.reader, user: one.user, after: one.after, limit: one.limit, hub: hub)
                continue
            }
            current += 1
            let shard = one.reader.shard
            answers[ObjectIdentifier(shard), default: (shard, [])].answers.append((one, inbox))
        }
        hub.metrics.returned(current: current, behind: found.count - current, from: source)
        for (shard, answers) in answers.values {
            shard.loop.execute {
                for (one, inbox) in answers {
                    let page = ChangePage(inbox: inbox, changes: [], hasMore: false)
                    one.reader.complete(.changes(page), of: one.user, hub: hub)
                }
            }
        }
    }
}
