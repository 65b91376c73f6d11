import PealCore

/// What a correct client makes of the frames (docs/protocol.md, "Applying a frame"), and a ledger of what it was shown: a
/// frame that it has had, or a pair of notification and seq that comes a second time, is a broken promise.
struct ClientInbox: Sendable {
    struct Row: Sendable, Equatable {
        var seq: Seq
        var status: String
        var isSeen: Bool
        /// What a read-all mark is compared with.
        var unreadSeq: Seq
        /// Nil where the client has only heard of changes: the row was not on its first page.
        var text: Text?
    }

    /// What a whole row tells and an update does not.
    struct Text: Sendable, Equatable {
        var message: String
        var actorCount: Int64
    }

    private(set) var cursor: String?
    private(set) var seq: Seq = 0
    private(set) var unreadCount = 0
    private(set) var rows: [String: Row] = [:]
    /// What came twice.
    private(set) var duplicates: [String] = []
    private(set) var gaps: [String] = []
    private(set) var resets = 0
    /// Whether it began with the whole inbox.
    private(set) var isComplete = true
    /// The place of its first page, which leaves out what was archived before.
    private(set) var loadedAt: Seq = 0
    private var shown: Set<String> = []
    /// How it came to where it is, for the account of what went wrong.
    private var steps: [Step] = []

    private struct Step {
        var type: String
        var from: Seq?
        var old: Seq
        var new: Seq
        var detail: String
    }

    /// The steps on which it passed a change.
    func steps(past seq: Seq) -> [String] {
        steps.filter { $0.old < seq && seq <= $0.new }.map {
            "\($0.type) from \($0.from.map(String.init) ?? "-"): \($0.old) → \($0.new) \($0.detail)"
        }
    }

    private var isFirstFrame = true

    private static let answers: Set = ["marked_read", "marked_all_read", "ok"]
    private static let changes: Set = ["sync", "notification", "notification_update"]

    /// A new connection, with the cursor that it has.
    mutating func connect() { isFirstFrame = true }

    mutating func apply(_ frame: JSON) {
        guard let type = frame["type"]?.string, let next = frame["seq"]?.integer, let text = frame["cursor"]?.string
        else { return }
        if type == "initial_load" {
            load(frame)
        } else {
            guard Self.answers.contains(type) || Self.changes.contains(type) else { return }
            guard isNews(frame, type, next) else { return }
            switch type {
            case "sync":
                for change in frame["changes"]?.array ?? [] {
                    if change["mark"] != nil { mark(change) } else { show(change) }
                }
            case "notification": if let row = frame["data"] { show(row) }
            default: update(frame)
            }
        }
        let detail = isFirstFrame ? "first" : frame["data"]?["notification_id"]?.string ?? ""
        let count = (frame["changes"] ?? frame["notifications"])?.array?.count
        steps.append(
            Step(
                type: type, from: frame["from"]?.integer, old: seq, new: next,
                detail: detail + (count.map { " with \($0)" } ?? "")))
        isFirstFrame = false
        seq = next
        cursor = text
        if let count = frame["unread_count"]?.integer { unreadCount = Int(count) }
    }

    /// Whether a frame leads on from where the client is. An answer may be late; the first frame of a connection may have
    /// nothing to add.
    private mutating func isNews(_ frame: JSON, _ type: String, _ next: Seq) -> Bool {
        let from = frame["from"]?.integer ?? next - 1
        if from > seq { gaps.append("has \(seq), got \(from)→\(next) \(type)") }
        guard next <= seq else { return true }
        let saysNothingNew = type == "sync" && next == seq && frame["changes"]?.array?.isEmpty == true
        if !Self.answers.contains(type), !(isFirstFrame && saysNothingNew) {
            duplicates.append("\(type) to \(next), has \(seq)")
        }
        isFirstFrame = false
        return false
    }

    private mutating func load(_ frame: JSON) {
        if frame["reset"]?.bool == true {
            resets += 1
            shown = []
        }
        rows = [:]
        loadedAt = frame["seq"]?.integer ?? 0
        isComplete = frame["has_more"]?.bool != true
        for row in frame["notifications"]?.array ?? [] { show(row) }
    }

    private mutating func show(_ row: JSON) {
        guard let id = row["notification_id"]?.string, let seq = row["seq"]?.integer else { return }
        if !shown.insert("\(id)@\(seq)").inserted { duplicates.append("\(id)@\(seq)") }
        guard row["status"]?.string != "DELETED" else {
            rows[id] = nil
            return
        }
        guard var whole = Row(row) else { return }
        whole.text = whole.text ?? rows[id]?.text
        rows[id] = whole
    }

    private mutating func mark(_ change: JSON) {
        let name = change["mark"]?.string ?? change["update_type"]?.string
        guard name == "read_all", let limit = change["up_to_seq"]?.integer else { return }
        for (id, row) in rows where row.status == "UNREAD" && row.unreadSeq <= limit {
            rows[id]?.status = "READ"
            rows[id]?.isSeen = true
        }
    }

    private mutating func update(_ frame: JSON) {
        if frame["up_to_seq"] != nil { mark(frame) } else if let data = frame["data"] { show(data) }
    }
}

extension ClientInbox.Row {
    /// A row of a list, a frame or an update; nil where something is missing.
    init?(_ row: JSON) {
        guard let seq = row["seq"]?.integer, let status = row["status"]?.string,
            let unreadSeq = row["unread_seq"]?.integer, let isSeen = row["is_seen"]?.bool
        else { return nil }
        self.init(seq: seq, status: status, isSeen: isSeen, unreadSeq: unreadSeq)
        guard let message = row["message"]?.string, let actorCount = row["actor_count"]?.integer else { return }
        text = ClientInbox.Text(message: message, actorCount: actorCount)
    }
}
