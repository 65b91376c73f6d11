import CoreMetrics
import Logging
import NIOCore
import PealAuth
import PealCore

extension Hub {
    /// Asks the store for a session; the answer comes back on its loop, if it is still there.
    func read(_ read: StoreRead, for node: SessionNode, on shard: LoopShard) {
        let reader = Reader(session: SessionReference(node), shard: shard)
        let user = node.user
        switch read {
        case .resume(let after, let limit):
            returns.add(reader, user: user, after: after, limit: limit, hub: self)
        case .changes(let after, let limit, true):
            sharedReads.add(reader, user: user, after: after, limit: limit, hub: self)
        case .page(let limit, let reset, let status):
            pageReads.add(reader, PageQuery(user: user, limit: limit, status: status), isReset: reset, hub: self)
        default:
            Task { reader.take(await self.answer(read, user: user), of: user, hub: self) }
        }
    }

    func answer(_ read: StoreRead, user: UserID) async -> StoreAnswer {
        metrics.read(read.metric)
        do throws(StoreError) {
            switch read {
            case .page(let limit, let reset, let status):
                return .page(try await store.page(PageQuery(user: user, limit: limit, status: status)), reset: reset)
            case .head:
                return .head(try await store.inbox(of: user))
            case .changes(let after, let limit, _), .resume(let after, let limit):
                return .changes(try await store.changes(of: user, after: after, limit: limit))
            case .list(let query, let requestID):
                return .list(try await store.page(query), requestID: requestID)
            case .counts(let requestID):
                return .counts(try await store.inbox(of: user), requestID: requestID)
            }
        } catch {
            logger.warning("An inbox could not be read", metadata: ["user": "\(user)", "error": "\(error)"])
            return .failed(error, read)
        }
    }

    /// Looks for lost publications all the time: seldom, and often while the bus is away.
    func patrol() async {
        var checkedAt = ContinuousClock.now
        while true {
            let interval = bus.isConnected ? settings.headCheckInterval : settings.headCheckIntervalWithoutBus
            let step = min(settings.headCheckInterval, settings.headCheckIntervalWithoutBus)
            guard (try? await Task.sleep(for: step)) != nil else { return }
            guard ContinuousClock.now - checkedAt >= interval else { continue }
            await checkHeads()
            checkedAt = .now
        }
    }

    /// Looks in the store for what the bus may have lost. Returns at once.
    func look(for missed: MissedChanges) {
        Task {
            switch missed {
            case .of(let users): await compareHeads(of: users, on: shards)
            case .ofAnybody:
                // Many nodes notice at the same time.
                try? await Task.sleep(for: settings.headCheckIntervalWithoutBus * Double.random(in: 0...0.1))
                await checkHeads()
            }
        }
    }

    /// Compares every online user's head with the store, so that a lost last publication is found (RULES 16).
    func checkHeads() async {
        for shard in shards {
            await compareHeads(of: await shard.loop.submit { shard.onlineUsers() }, on: [shard])
        }
    }

    private func compareHeads(of users: [UserID], on shards: [LoopShard]) async {
        var rest = users[...]
        while !rest.isEmpty, !Task.isCancelled {
            let some = rest.prefix(1000)
            rest = rest.dropFirst(1000)
            do throws(StoreError) {
                metrics.read(.heads)
                let heads = try await store.heads(of: Array(some))
                for shard in shards { shard.loop.execute { shard.compare(heads) } }
            } catch {
                logger.warning("The heads of online users could not be read", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension StoreRead {
    fileprivate var metric: GatewayMetrics.ReadKind {
        switch self {
        case .page: .page
        case .changes, .resume: .changes
        case .list: .list
        case .head, .counts: .counts
        }
    }
}

/// Who waits for an answer of the store.
struct Reader: Sendable {
    let session: SessionReference
    let shard: LoopShard

    func take(_ answer: StoreAnswer, of user: UserID, hub: Hub) {
        shard.loop.execute { complete(answer, of: user, hub: hub) }
    }

    /// On the session's loop.
    func complete(_ answer: StoreAnswer, of user: UserID, hub: Hub) {
        guard let node = shard.session(session) else { return }
        if node.isInHub, let inbox = answer.inbox { hub.presence.learn(inbox, of: user) }
        node.complete(answer)
    }
}

extension StoreAnswer {
    fileprivate var inbox: Inbox? {
        switch self {
        case .page(let page, _), .list(let page, _): page.inbox
        case .changes(let page): page.inbox
        case .counts(let inbox, _), .head(let inbox): inbox
        case .failed: nil
        }
    }
}
