import Foundation
import PealCore

/// Turns frames into lines for a terminal, and remembers where the stream stands. A machine without I/O.
struct InboxLines: Sendable {
    struct Shown: Sendable, Equatable {
        var line: String
        /// Set for a notification that is unread.
        var unreadID: String?
        var isNotification = false
    }

    let style: Style
    private(set) var cursor: String?
    private var seq: Int64 = -1

    init(style: Style, cursor: String?) {
        self.style = style
        self.cursor = cursor
    }

    mutating func take(_ frame: JSON) -> [Shown] {
        let lines = lines(for: frame)
        if let newSeq = frame["seq"]?.integer, newSeq >= seq || frame["reset"]?.bool == true { seq = newSeq }
        if let newCursor = frame["cursor"]?.string { cursor = newCursor }
        return lines
    }

    private func lines(for frame: JSON) -> [Shown] {
        let unread = frame["unread_count"]?.integer
        switch frame["type"]?.string {
        case "initial_load":
            let rows = (frame["notifications"]?.array ?? []).filter { $0["status"]?.string == "UNREAD" }
            return [note("connected", unread)] + rows.reversed().map { row($0, nil) }
        case "sync":
            let changes = (frame["changes"]?.array ?? []).filter(isNews)
            let isLast = frame["has_more"]?.bool != true
            return changes.compactMap { change($0) } + (isLast ? [note("up to date", unread)] : [])
        case "notification":
            guard isNews(frame), let data = frame["data"] else { return [] }
            return [row(data, unread)]
        case "notification_update" where isNews(frame):
            let what = frame["update_type"]?.string ?? "changed"
            // What is back on top, or tells of fewer people, is shown whole.
            if let data = frame["data"], data["message"] != nil { return [row(data, unread, after: what)] }
            return [note([what, frame["notification_id"]?.string].compactMap { $0 }.joined(separator: " "), unread)]
        case "marked_read", "marked_all_read", "ok":
            return frame["count"]?.integer == 0 ? [] : [note("marked", unread)]
        case "error": return [note("error: \(frame["message"]?.string ?? "")", nil)]
        default: return []
        }
    }

    /// What has a seq that was seen before is not shown again.
    private func isNews(_ value: JSON) -> Bool { (value["seq"]?.integer).map { $0 > seq } ?? true }

    private func change(_ change: JSON) -> Shown? {
        if let mark = change["mark"]?.string { return note(mark.replacing("_", with: " "), nil) }
        guard let status = change["status"]?.string else { return nil }
        guard status == "UNREAD" else {
            return note("\(status.lowercased()) \(change["notification_id"]?.string ?? "")", nil)
        }
        return row(change, nil)
    }

    /// `10:30:05  like  João curtiu seu post  post/42 · 1 unread`
    ///
    /// - Parameter change: what happened to it, where that is no news of its own.
    private func row(_ row: JSON, _ unread: Int64?, after change: String? = nil) -> Shown {
        let time = row["last_event_at"]?.string.flatMap(Timestamp.init(iso8601:))
        let target = [row["target_type"]?.string, row["target_id"]?.string].compactMap { $0 }.joined(separator: "/")
        let parts = [
            style.dim(Self.clock(change == nil ? time : .now)), style.dim(Self.printable(change ?? "")),
            style.cyan(Self.printable(row["type"]?.string ?? "?")),
            style.bold(Self.printable(row["message"]?.string ?? "")), style.dim(Self.printable(target)),
        ]
        let line = parts.filter { !$0.isEmpty }.joined(separator: "  ") + Self.count(unread, style)
        let isUnread = row["status"]?.string == "UNREAD"
        return Shown(
            line: line, unreadID: isUnread ? row["notification_id"]?.string : nil, isNotification: change == nil)
    }

    private func note(_ text: String, _ unread: Int64?) -> Shown {
        Shown(
            line: style.dim(Self.clock(.now)) + "  " + style.dim(Self.printable(text)) + Self.count(unread, style))
    }

    private static func count(_ unread: Int64?, _ style: Style) -> String {
        unread.map { style.yellow(" · \($0) unread") } ?? ""
    }

    /// Whoever wrote a notification must not be able to steer the reader's terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// Local time of day.
    private static func clock(_ time: Timestamp?) -> String {
        var seconds = time_t((time ?? .now).seconds)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { ($0 < 10 ? "0" : "") + "\($0)" }.joined(separator: ":")
    }
}
