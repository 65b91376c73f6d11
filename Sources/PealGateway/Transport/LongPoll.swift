import CoreMetrics
import NIOCore
import NIOHTTP1
import PealAuth
import PealCore

/// The connection under a long poll, which gets its answer and goes on.
protocol LongPollConnection: AnyObject {
    func longPollEnded(_ answer: HTTPAnswer)
}

/// `GET /v1/sync`: waits for a change beyond a cursor, without a task.
final class LongPoll: SessionNode {
    private let ownID: UInt64
    private let owner: UserID
    private let hub: Hub
    private unowned let shard: LoopShard
    private let tag: EpochTag
    private let ownGrant: Grant
    private let limit: Int
    private let corsFields: [(String, String)]
    private weak var connection: (any LongPollConnection)?
    private var since: Seq = 0
    /// The newest publication that was seen.
    private var newest: Seq = 0
    /// When the first publication came that it waited for, as ``SharedFrame/receivedAt``; 0 until then.
    private var wokenAt: UInt64 = 0
    private var isReading = true
    private var isTimeUp = false
    private var hasEnded = false
    private let arrived: Tick
    private let expiresAt: Timestamp?
    /// When it has waited long enough, and when its token is no longer believed; set as soon as it has begun.
    private var waitEnd = Tick.max
    private var expiry = Tick.max

    init(_ request: GatewayRequest, _ claims: Claims, hub: Hub, shard: LoopShard, connection: any LongPollConnection) {
        self.hub = hub
        self.shard = shard
        self.connection = connection
        tag = hub.store.epoch.tag(for: claims.user)
        ownGrant = Grant(claims)
        limit = request.limit
        corsFields = request.corsFields
        expiresAt = claims.expiresAt
        arrived = shard.now
        ownID = shard.makeID()
        owner = claims.user
    }

    override var id: UInt64 { ownID }
    override var user: UserID { owner }
    override var kind: SessionKind { .longPoll }
    override var grant: Grant { ownGrant }
    override var lastHeard: Tick { arrived }
    override var seq: Seq { isReading ? .max : since }

    func begin(since text: String?, wait: Duration) {
        isTimeUp = wait == .zero
        setTimer(wait: wait)
        hub.join(self, on: shard)
        switch Since(text, tag: tag) {
        case .beginning: hub.read(.page(limit: limit, reset: false), for: self, on: shard)
        case .unusable: hub.read(.page(limit: limit, reset: true), for: self, on: shard)
        case .after(let seq):
            since = seq
            read()
        }
    }

    /// Like a stream, it ends some time after its token has.
    private func setTimer(wait: Duration) {
        // The clock may have stood still until now.
        shard.add(self, deadline: .max)
        let rules = hub.rules
        if let expiresAt {
            expiry = shard.now.later(by: rules.ticks(expiresAt - hub.clock())).later(by: rules.expiryGrace)
        }
        // The tick that is running is not over when it is counted.
        waitEnd = shard.now.later(by: rules.ticks(wait) + 1)
        shard.setTimer(self, at: min(waitEnd, expiry))
    }

    /// The connection has gone.
    func cancel() {
        leave()
    }

    private func read() {
        isReading = true
        hub.read(
            .resume(after: since, limit: hub.rules.syncPageLimit), for: self, on: shard)
    }

    override func publish(_ run: [SharedFrame]) {
        for frame in run {
            switch frame.publication.content {
            case .unchanged, .receipt, .passed, .typing: continue
            default: break
            }
            if wokenAt == 0, frame.seq > since { wokenAt = frame.receivedAt }
            newest = max(newest, frame.seq)
        }
        readIfBehind()
    }

    private func readIfBehind() {
        if !isReading, !hasEnded, newest > since { read() }
    }

    override func headIs(_ head: Seq) {
        newest = max(newest, head)
        readIfBehind()
    }

    override func timeIsUp(at now: Tick) -> Tick? {
        guard now < expiry else {
            endClosed(.tokenExpired, .refused(AuthError(.expired, "the token has expired")))
            return nil
        }
        guard now >= waitEnd else { return min(waitEnd, expiry) }
        isTimeUp = true
        if !isReading { endEmpty() }
        return hasEnded ? nil : expiry
    }

    override func complete(_ answer: StoreAnswer) {
        guard !hasEnded else { return }
        switch answer {
        case .page(let page, let reset):
            let (body, shown) = SnapshotFrames.load(
                page, reset: reset, on: .json, tag: tag, byteLimit: hub.rules.queueBytes)
            hub.deliveries.add(page.rows.prefix(shown).filter(\.awaitsDelivery).map(\.id), of: user, hub: hub)
            end(body, cursor: Cursor(epoch: tag, seq: page.inbox.seq))
        case .changes(let page): caughtUp(page)
        case .failed: end(.unavailable("unavailable", "the inbox cannot be read now", retryAfter: 2))
        case .head, .list, .counts: break
        }
    }

    private func caughtUp(_ page: ChangePage) {
        let distance = page.inbox.seq - since
        if distance < 0 || page.inbox.floor > since || distance > hub.rules.syncDistanceLimit {
            hub.read(.page(limit: limit, reset: true), for: self, on: shard)
        } else if distance > 0 {
            let sync = SnapshotFrames.sync(page, from: since, on: .json, tag: tag, byteLimit: hub.rules.queueBytes)
            hub.deliveries.add(page.awaitingDelivery(after: since, through: sync.through), of: user, hub: hub)
            count(sync)
            end(sync.bytes, cursor: Cursor(epoch: tag, seq: sync.through))
        } else if newest > since {
            read()
        } else if isTimeUp {
            endEmpty()
        } else {
            isReading = false
        }
    }

    private func count(_ sync: SnapshotFrames.Page) {
        if sync.news > 0 { hub.metrics.notificationsSent.increment(by: sync.news) }
        guard wokenAt > 0 else { return }
        hub.metrics.commitToSocket.recordNanoseconds(NIODeadline.now().uptimeNanoseconds &- wokenAt)
    }

    override func close(_ code: CloseCode, reason: String, reconnectAfter: Duration?) {
        guard code == .tooManyConnections else {
            return endClosed(code, .draining(reconnectAfter ?? .seconds(2)))
        }
        endClosed(
            code,
            .problem(
                .tooManyRequests, "too_many_connections", "too many connections of this user",
                fields: [("Retry-After", "5")], failure: .capacity))
    }

    override func revoke(_ refusal: AuthError) { endClosed(.revoked, .refused(refusal)) }

    /// Ends it before its time; counted like the closing of a stream.
    private func endClosed(_ code: CloseCode, _ answer: HTTPAnswer) {
        guard !hasEnded else { return }
        hub.metrics.closed(code)
        end(answer.stayingOpen(true))
    }

    private func endEmpty() {
        end(nil, cursor: Cursor(epoch: tag, seq: since))
    }

    private func end(_ body: WireBytes?, cursor: Cursor) {
        var answer = HTTPAnswer(status: body == nil ? .noContent : .ok, body: body, closesConnection: false)
        answer.fields = [
            ("Cache-Control", "private, no-cache"), ("Vary", "Authorization"), ("Referrer-Policy", "no-referrer"),
            ("Cursor", "\(cursor)"),
        ]
        if body != nil { answer.fields.append(("Content-Type", "application/json")) }
        end(answer)
    }

    private func end(_ answer: HTTPAnswer) {
        guard !hasEnded else { return }
        leave()
        var answer = answer
        answer.fields += corsFields
        connection?.longPollEnded(answer)
    }

    private func leave() {
        hasEnded = true
        hub.leave(self, on: shard)
        shard.remove(self)
    }
}
