import PealCore

/// What a correct client makes of the frames (docs/protocol.md, "Applying a frame"), and what it complains about.
struct ClientModel {
    struct Row: Equatable {
        var seq: Seq
        var status: String
        var isSeen: Bool
        var unreadSeq: Seq
        var unseenSeq: Seq
    }

    private(set) var cursor: String?
    private(set) var seq: Seq = 0
    private(set) var unread: Int64 = 0
    private(set) var unseen: Int64 = 0
    private(set) var rows: [String: Row] = [:]
    private(set) var complaints: [String] = []
    private(set) var replies: [Int64] = []
    /// The first page did not hold everything.
    private(set) var isPartial = false
    private var shown: Set<String> = []

    mutating func apply(_ frame: JSON) {
        let type = frame["type"]?.string ?? ""
        if let id = frame["id"]?.integer { replies.append(id) }
        guard
            ["initial_load", "sync", "notification", "notification_update", "marked_read", "marked_all_read", "ok"]
                .contains(type), let next = frame["seq"]?.integer
        else { return }
        if type == "initial_load" {
            rows = [:]
            isPartial = frame["has_more"]?.bool == true
            for row in frame["notifications"]?.array ?? [] { take(row) }
            seq = next
        } else {
            let from = frame["from"]?.integer ?? next - 1
            if from > seq { complaints.append("a gap: has \(seq), got \(from)→\(next) \(type)") }
            guard next > seq else { return }
            switch type {
            case "sync": for change in frame["changes"]?.array ?? [] { apply(change: change) }
            case "notification": if let row = frame["data"] { show(row) }
            default: update(frame, next)
            }
            seq = next
        }
        cursor = frame["cursor"]?.string
        unread = frame["unread_count"]?.integer ?? unread
        unseen = frame["unseen_count"]?.integer ?? unseen
    }

    private mutating func apply(change: JSON) {
        if change["mark"] != nil {
            mark(change["mark"]?.string ?? "", change["up_to_seq"]?.integer ?? 0)
        } else {
            show(change)
        }
    }

    private mutating func show(_ row: JSON) {
        let name = "\(row["notification_id"]?.string ?? "")@\(row["seq"]?.integer ?? 0)"
        if !shown.insert(name).inserted { complaints.append("twice: \(name)") }
        take(row)
    }

    private mutating func take(_ row: JSON) {
        guard let id = row["notification_id"]?.string, let seq = row["seq"]?.integer else { return }
        rows[id] = Row(
            seq: seq, status: row["status"]?.string ?? "", isSeen: row["is_seen"]?.bool ?? true,
            unreadSeq: row["unread_seq"]?.integer ?? 0, unseenSeq: row["unseen_seq"]?.integer ?? 0)
    }

    private mutating func update(_ frame: JSON, _ next: Seq) {
        if let limit = frame["up_to_seq"]?.integer {
            mark(frame["update_type"]?.string ?? "", limit)
        } else if let data = frame["data"] {
            take(data)
        } else if frame["update_type"]?.string == "read" {
            for id in frame["notification_ids"]?.array ?? [] {
                rows[id.string ?? ""]?.status = "READ"
                rows[id.string ?? ""]?.isSeen = true
            }
        }
    }

    private mutating func mark(_ mark: String, _ limit: Seq) {
        for (id, row) in rows where row.status == "UNREAD" {
            if mark == "read_all", row.unreadSeq <= limit {
                rows[id]?.status = "READ"
                rows[id]?.isSeen = true
            }
            if mark == "seen_all", row.unseenSeq <= limit { rows[id]?.isSeen = true }
        }
    }

    /// Tombstones and archived rows a client may or may not have heard of; the active ones it must know.
    var active: [String: Row] { rows.filter { $0.value.status == "READ" || $0.value.status == "UNREAD" } }
}
