import PealCore

/// What a correct client makes of the frames (spec: a change with a seq that it has is dropped), and a ledger of what it
/// was shown: a pair of notification and seq that comes a second time is a broken promise.
struct ClientInbox: Sendable {
    struct Row: Sendable, Equatable {
        var seq: Seq
        var status: String
        /// What a read-all mark is compared with.
        var unreadSeq: Seq
    }

    private(set) var cursor: String?
    private(set) var seq: Seq = 0
    private(set) var unreadCount = 0
    private(set) var rows: [String: Row] = [:]
    private(set) var duplicates: [String] = []
    private(set) var resets = 0
    /// Whether it began with the whole inbox.
    private(set) var isComplete = true
    private var shown: Set<String> = []

    mutating func apply(_ frame: JSON) {
        switch frame["type"]?.string {
        case "initial_load":
            if frame["reset"]?.bool == true { resets += 1 }
            rows = [:]
            isComplete = frame["has_more"]?.bool != true
            for row in frame["notifications"]?.array ?? [] { take(row) }
        case "sync":
            for change in frame["changes"]?.array ?? [] {
                if change["mark"] != nil { mark(change) } else { show(change) }
            }
        case "notification":
            if let row = frame["data"] { show(row) }
        case "notification_update", "marked_read", "marked_all_read", "ok":
            update(frame)
        default:
            return
        }
        guard let next = frame["seq"]?.integer, let text = frame["cursor"]?.string, next >= seq else { return }
        seq = next
        cursor = text
        unreadCount = Int(frame["unread_count"]?.integer ?? -1)
    }

    private mutating func show(_ row: JSON) {
        guard let id = row["notification_id"]?.string, let seq = row["seq"]?.integer else { return }
        if !shown.insert("\(id)@\(seq)").inserted { duplicates.append("\(id)@\(seq)") }
        take(row)
    }

    private mutating func take(_ row: JSON) {
        guard let id = row["notification_id"]?.string, let seq = row["seq"]?.integer,
            let status = row["status"]?.string, let unreadSeq = row["unread_seq"]?.integer
        else { return }
        if let known = rows[id], known.seq > seq { return }
        rows[id] = Row(seq: seq, status: status, unreadSeq: unreadSeq)
    }

    private mutating func mark(_ change: JSON) {
        guard change["mark"]?.string == "read_all", let limit = change["up_to_seq"]?.integer else { return }
        for (id, row) in rows where row.status == "UNREAD" && row.unreadSeq <= limit { rows[id]?.status = "READ" }
    }

    private mutating func update(_ frame: JSON) {
        guard let next = frame["seq"]?.integer, next > seq else { return }
        if let limit = frame["up_to_seq"]?.integer ?? frame["data"]?["up_to_seq"]?.integer {
            let isRead = frame["update_type"]?.string != "seen_all"
            for (id, row) in rows where isRead && row.status == "UNREAD" && row.unreadSeq <= limit {
                rows[id]?.status = "READ"
            }
        } else if let id = frame["notification_id"]?.string, let row = rows[id] {
            let status = frame["data"]?["status"]?.string ?? "READ"
            rows[id] = Row(seq: next, status: status, unreadSeq: status == "UNREAD" ? next : row.unreadSeq)
        }
    }
}
