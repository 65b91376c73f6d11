import PealCore
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

    /// Reads all pages since its cursor.
    mutating func sync(with store: any Store, user: UserID, limit: Int) async throws {
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
        case .mark(let mark, let limit, let seq):
            #expect(received.insert(Delivery(id: nil, seq: seq)).inserted, "the same mark came twice")
            for (id, row) in rows where row.standing == .active {
                if mark == .readAll, row.unreadSeq <= limit { rows[id]?.isRead = true }
                if (mark == .readAll && row.unreadSeq <= limit) || (mark == .seenAll && row.unseenSeq <= limit) {
                    rows[id]?.isSeen = true
                }
            }
        }
    }
}

extension Notification {
    /// Whether this is the model's row, as far as a reader can tell.
    func shows(_ row: ModelInbox.Row) -> Bool {
        id == row.id && seq == row.seq && standing == row.standing && isRead == row.isRead && isSeen == row.isSeen
            && unreadSeq == row.calledAt && actorCount == row.actors.count && eventCount == row.events
            && actors.map(\.id) == Array(row.actors.prefix(Self.actorSampleLimit)) && createdAt == row.createdAt
            && lastEventAt == row.lastEventAt && updatedAt == row.updatedAt && readAt == row.readAt
            && archivedAt == row.archivedAt && type == row.type && groupKey == row.group
            && message == row.actors.prefix(Self.actorSampleLimit).joined(separator: ",") + " of \(row.actors.count)"
    }
}
