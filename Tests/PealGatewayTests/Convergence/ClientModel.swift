import PealCore

/// What a correct client makes of the frames (docs/protocol.md, "Applying a frame"), and what it complains about: a gap, and
/// whatever it has had before. Nothing is dropped in silence.
struct ClientModel {
    struct Row: Equatable {
        var seq: Seq
        var status: String
        var isSeen: Bool
        var unreadSeq: Seq
        var unseenSeq: Seq
        /// Nil where the client has only heard of changes: the row was not on its first page.
        var text: Text?
    }

    /// What a whole row tells and an update does not.
    struct Text: Equatable {
        var message: String
        var actorCount: Int64
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
    private var isFirstFrame = true

    private static let answers: Set = ["marked_read", "marked_all_read", "ok"]
    private static let changes: Set = ["sync", "notification", "notification_update"]

    /// A new connection, with the cursor that it has.
    mutating func connect() { isFirstFrame = true }

    mutating func apply(_ frame: JSON) {
        let type = frame["type"]?.string ?? ""
        if let id = frame["id"]?.integer { replies.append(id) }
        guard let next = frame["seq"]?.integer else { return }
        if type == "initial_load" {
            load(frame)
        } else {
            guard Self.answers.contains(type) || Self.changes.contains(type) else { return }
            guard isNews(frame, type, next) else { return }
            switch type {
            case "sync": for change in frame["changes"]?.array ?? [] { apply(change: change) }
            case "notification": if let row = frame["data"] { show(row) }
            default: update(frame, next)
            }
        }
        isFirstFrame = false
        seq = next
        cursor = frame["cursor"]?.string
        unread = frame["unread_count"]?.integer ?? unread
        unseen = frame["unseen_count"]?.integer ?? unseen
    }

    /// Whether a frame leads on from where the client is. An answer may be late; the first frame of a connection may have
    /// nothing to add.
    private mutating func isNews(_ frame: JSON, _ type: String, _ next: Seq) -> Bool {
        let from = frame["from"]?.integer ?? next - 1
        if from > seq { complaints.append("a gap: has \(seq), got \(from)→\(next) \(type)") }
        guard next <= seq else { return true }
        let saysNothingNew = type == "sync" && next == seq && frame["changes"]?.array?.isEmpty == true
        if !Self.answers.contains(type), !(isFirstFrame && saysNothingNew) {
            complaints.append("again: has \(seq), got \(from)→\(next) \(type)")
        }
        isFirstFrame = false
        return false
    }

    private mutating func load(_ frame: JSON) {
        if frame["reset"]?.bool == true {
            shown = []
        } else if cursor != nil {
            complaints.append("a first page without a reset, though it came with \(cursor ?? "")")
        }
        rows = [:]
        isPartial = frame["has_more"]?.bool == true
        for row in frame["notifications"]?.array ?? [] { show(row) }
    }

    private mutating func apply(change: JSON) {
        if change["mark"] != nil {
            mark(change["mark"]?.string ?? "", change["up_to_seq"]?.integer ?? 0)
        } else {
            show(change)
        }
    }

    private mutating func show(_ row: JSON) {
        note(row["notification_id"]?.string ?? "", row["seq"]?.integer ?? 0)
        take(row)
    }

    private mutating func note(_ id: String, _ seq: Seq) {
        if !shown.insert("\(id)@\(seq)").inserted { complaints.append("twice: \(id)@\(seq)") }
    }

    private mutating func take(_ row: JSON) {
        guard let id = row["notification_id"]?.string, let seq = row["seq"]?.integer else { return }
        var text = rows[id]?.text
        if let message = row["message"]?.string {
            text = Text(message: message, actorCount: row["actor_count"]?.integer ?? -1)
        }
        rows[id] = Row(
            seq: seq, status: row["status"]?.string ?? "", isSeen: row["is_seen"]?.bool ?? true,
            unreadSeq: row["unread_seq"]?.integer ?? 0, unseenSeq: row["unseen_seq"]?.integer ?? 0, text: text)
    }

    private mutating func update(_ frame: JSON, _ next: Seq) {
        if let limit = frame["up_to_seq"]?.integer {
            mark(frame["update_type"]?.string ?? "", limit)
        } else if let data = frame["data"] {
            show(data)
        } else if frame["update_type"] != nil {
            updateSeveral(frame, next)
        }
        // An answer that names no update changed nothing. It may still lead on, where a frame before it was replaced by one
        // behind it.
    }

    /// The answer to a command for several rows names them in the order of their changes, of which the last is the frame's.
    private mutating func updateSeveral(_ frame: JSON, _ next: Seq) {
        guard let ids = frame["notification_ids"]?.array?.compactMap(\.string),
            frame["update_type"]?.string == "read"
        else {
            complaints.append("not understood: \(frame.text)")
            return
        }
        for (seq, id) in zip((next - Seq(ids.count) + 1)...next, ids) {
            note(id, seq)
            rows[id]?.seq = seq
            rows[id]?.status = "READ"
            rows[id]?.isSeen = true
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

extension ClientModel.Row {
    /// Whether a client that holds this is where the store is: the latest state of the row, with its text.
    ///
    /// - Parameter isPartial: whether it may never have had the whole row.
    func isLatest(_ row: Notification, isPartial: Bool) -> Bool {
        let whole = ClientModel.Text(message: row.message, actorCount: Int64(row.actorCount))
        return seq == row.seq && status == "\(row.status)" && isSeen == row.isSeen
            && (text == whole || text == nil && isPartial)
    }
}
