import PealCore

@testable import PealGateway

/// What a program of another dialect knows.
struct DialectModel {
    private(set) var cursor: String?
    private(set) var seq: Seq = 0
    private(set) var unread: Int64 = 0
    /// In lower case, by id.
    private(set) var statuses: [String: String] = [:]
    private(set) var replies: [Int64] = []
    /// A reset leaves out what is old.
    private(set) var wasReset = false

    mutating func apply(_ payload: [UInt8], _ dialect: Dialect) {
        guard let frame = try? JSON.parse(payload), let type = frame["type"]?.string else { return }
        if let id = frame["id"]?.integer { replies.append(id) }
        // What says where it stands can be seen to be old; but nobody looks at that of a count.
        if type != "unread_count", let place = frame["seq"]?.integer, place < seq { return }
        switch type {
        case "initial_load":
            for row in frame["notifications"]?.array ?? [] { take(row) }
            wasReset = wasReset || frame["reset"]?.bool == true
        case "new_notification": take(frame["notification"])
        case "notification": take(frame["data"])
        case "notification_update", "marked_read", "ok": take(frame["data"])
        case "unread_count": unread = frame["data"]?["count"]?.integer ?? unread
        default: break
        }
        if let next = frame["seq"]?.integer, next >= seq {
            seq = next
            cursor = frame["cursor"]?.string
            unread = frame["unread_count"]?.integer ?? unread
        }
    }

    private mutating func take(_ row: JSON?) {
        guard let row, let id = row["notification_id"]?.string else { return }
        statuses[id] = row["status"]?.string?.lowercased() ?? ""
    }
}
