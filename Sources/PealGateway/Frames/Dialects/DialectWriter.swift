import NIOCore
import PealCore

/// Says in one dialect what happened to an inbox, frame by frame.
struct DialectWriter {
    let dialect: Dialect
    private var frames: FrameSequence

    init(_ dialect: Dialect, on wire: Wire) {
        self.dialect = dialect
        frames = FrameSequence(on: wire)
    }

    var byteCount: Int { frames.bytes.readableBytes }

    consuming func finish() -> WireBytes { frames.bytes }

    /// The count of `rooms` says where the client is; elsewhere the last frame of a change does.
    private func shown(_ place: FramePlace?) -> FramePlace? { dialect == .rooms ? nil : place }

    /// A notification that calls for attention.
    mutating func notification(_ row: Notification, _ place: FramePlace?) {
        let place = shown(place)
        switch dialect {
        case .inbox:
            frames.add("new_notification", place?.cursor, reserving: 1024) { json in
                json.place(place)
                json.name("notification")
                json.valueWithID(row)
            }
        case .rooms:
            frames.add("notification", nil, reserving: 1152) { json in
                json.name("data")
                json.roomsRow(row)
            }
        case .chat where row.type == ChatMessage.type:
            frames.add("new_message", place?.cursor, reserving: 384) { $0.members(of: ChatMessage(row)) }
        case .chat, .peal:
            frames.add("notification", place?.cursor, reserving: 1024) { json in
                json.place(place)
                json.name("data")
                json.value(row)
            }
        }
    }

    /// A notification that took in another event.
    mutating func aggregation(_ row: Notification, _ place: FramePlace?) {
        if dialect == .rooms { update(row, "aggregated", place) } else { notification(row, place) }
    }

    mutating func update(_ row: Notification, _ word: StaticString, _ place: FramePlace?, requestID: String = "") {
        guard dialect != .rooms else { return status(row.id, row.lowercaseStatus, requestID: requestID) }
        frames.add("notification_update", place?.cursor, reserving: 640) { json in
            json.place(place)
            json.name("notification_id")
            json.value(row.id)
            json.name("update_type")
            json.value(word)
            json.name("data")
            json.state(of: row)
        }
    }

    /// The update of `rooms`.
    mutating func status(_ id: NotificationID, _ status: StaticString, requestID: String) {
        frames.add("notification_update", nil) { json in
            json.requestID(requestID)
            json.name("data")
            json.beginObject()
            json.name("notification_id")
            json.value(id)
            json.name("status")
            json.value(status)
            json.endObject()
        }
    }

    /// A whole inbox that was marked: `rooms` hears of it by the count alone.
    mutating func mark(_ mark: Mark, upTo limit: Seq, _ place: FramePlace?) {
        guard dialect != .rooms else { return }
        frames.add("notification_update", place?.cursor) { json in
            json.place(place)
            json.name("update_type")
            json.value(mark.word)
            json.name("up_to_seq")
            json.value(limit)
        }
    }

    /// What follows each change.
    mutating func conclusion(_ place: FramePlace) {
        guard dialect == .rooms else { return }
        frames.add("unread_count", place.cursor) { json in
            json.place(place.cursor)
            json.name("data")
            json.counts(of: place.inbox)
        }
    }
}

extension Notification {
    fileprivate var lowercaseStatus: StaticString {
        switch standing {
        case .deleted: "deleted"
        case .archived: "archived"
        case .snoozed: "snoozed"
        case .active: isRead ? "read" : "unread"
        }
    }
}
