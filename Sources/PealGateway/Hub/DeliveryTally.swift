import CoreMetrics
import NIOCore

/// What has left in one turn of a loop, for the metrics. Counted here first, because several loops that change the same
/// counter for every frame wait for each other.
struct DeliveryTally {
    private var frames = 0
    private var notifications = 0
    /// When the changes came in that have left in this turn; each stands here once, however many sessions got it.
    private var changes: [UInt64] = []
    private var turn: UInt32 = 1

    mutating func count(_ frame: OutputFrame) {
        frames += 1
        notifications += Int(frame.news)
        if let change = frame.change { note(change) }
    }

    /// A change that left by itself.
    mutating func count(_ change: SharedFrame) {
        frames += 1
        note(change)
    }

    private mutating func note(_ change: SharedFrame) {
        if change.isNotification { notifications += 1 }
        guard change.notedInTurn != turn else { return }
        change.notedInTurn = turn
        changes.append(change.receivedAt)
    }

    /// The end of a turn: the metrics get it all.
    mutating func report(to metrics: GatewayMetrics) {
        guard frames > 0 else { return }
        metrics.framesOut.increment(by: frames)
        if notifications > 0 { metrics.notificationsSent.increment(by: notifications) }
        if !changes.isEmpty {
            let now = NIODeadline.now().uptimeNanoseconds
            for receivedAt in changes { metrics.commitToSocket.recordNanoseconds(now &- receivedAt) }
            changes.removeAll(keepingCapacity: changes.capacity <= 1024)
        }
        frames = 0
        notifications = 0
        // 0 is that of frames which have not left yet.
        turn = turn == .max ? 1 : turn + 1
    }
}
