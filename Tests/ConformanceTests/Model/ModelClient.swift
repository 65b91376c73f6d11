import PealCore
import PealSQL
import Testing

/// A client that was away: it keeps a cursor and a copy, and applies what it is told.
struct ModelClient {
    private(set) var seq: Seq = 0
    private(set) var rows: [NotificationID: Notification] = [:]
    private var received: Set<Delivery> = []

    private struct Delivery: Hashable {
        let id: NotificationID?
        let seq: Seq
    }

    /// Reads all pages since its cursor; where changes since then may have been forgotten it begins afresh.
    mutating func sync(with store: any Store, user: UserID, limit: Int) async throws {
        if try await store.inbox(of: user).floor > seq {
            seq = 0
            rows = [:]
            received = []
        }
        while true {
            let page = try await store.changes(of: user, after: seq, limit: limit)
            #expect(page.changes.map(\.seq) == page.changes.map(\.seq).sorted())
            for change in page.changes {
                #expect(change.seq > seq && change.seq <= page.inbox.seq)
                apply(change)
            }
            seq = page.through
            if !page.hasMore { return }
        }
    }

    private mutating func apply(_ change: Change) {
        switch change {
        case .row(let row):
            #expect(received.insert(Delivery(id: row.id, seq: row.seq)).inserted, "the same (id, seq) came twice")
            rows[row.id] = row.standing == .deleted ? nil : row
        case .mark(let mark, let limit, let seq, let time):
            #expect(received.insert(Delivery(id: nil, seq: seq)).inserted, "the same mark came twice")
            for (id, row) in rows where row.standing == .active {
                if mark == .readAll, row.unreadSeq <= limit, !row.isRead {
                    rows[id]?.isRead = true
                    rows[id]?.readAt = time
                }
                if (mark == .readAll && row.unreadSeq <= limit) || (mark == .seenAll && row.unseenSeq <= limit) {
                    rows[id]?.isSeen = true
                }
            }
        }
    }
}

extension Notification {
    /// Whether this is the model's row, as far as a reader can tell.
    ///
    /// - Parameter knowsReadTime: false for a client that missed marks, and after many marks: then it was read at some time.
    func shows(_ row: ModelInbox.Row, knowsReadTime: Bool = true) -> Bool {
        id == row.id && seq == row.seq && standing == row.standing && isRead == row.isRead && isSeen == row.isSeen
            && unreadSeq == row.calledAt && actorCount == row.actors.count && eventCount == row.events
            && actors.map(\.id) == Array(row.actors.prefix(Self.actorSampleLimit)) && createdAt == row.createdAt
            && lastEventAt == row.lastEventAt && updatedAt == row.updatedAt
            && (knowsReadTime ? readAt == row.readAt : (readAt == nil) == (row.readAt == nil))
            && archivedAt == row.archivedAt && snoozedUntil == row.snoozedUntil && expiresAt == row.expiresAt
            && deliveredAt == row.deliveredAt && type == row.type && groupKey == row.group
            && message == row.actors.prefix(Self.actorSampleLimit).joined(separator: ",") + " of \(row.actors.count)"
    }
}
