import NIOCore
import PealCore

/// Writes one frame: what the wire puts around it, and the JSON object with its `type`.
struct FrameBuilder {
    var json: JSONWriter
    private let wire: Wire

    /// - Parameter id: what an event stream is to come back with; nil for a frame that has no place in the order of changes.
    init(_ wire: Wire, type: StaticString, id: Cursor? = nil, reserving count: Int = 256) {
        self.wire = wire
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        switch wire {
        case .webSocket:
            bytes.append(contentsOf: repeatElement(0, count: FrameHeader.byteLimit))
        case .eventStream:
            if let id { bytes.append(contentsOf: "id: \(id)\n".utf8) }
            bytes.append(contentsOf: "event: ".utf8)
            bytes.append(contentsOf: UnsafeBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount))
            bytes.append(contentsOf: "\ndata: ".utf8)
        case .json: break
        }
        json = JSONWriter(appendingTo: bytes)
        json.beginObject()
        json.name("type")
        json.value(type)
    }

    consuming func finish() -> WireBytes {
        json.endObject()
        switch wire {
        case .webSocket:
            let start = FrameHeader.fill(&json.bytes, opcode: .text)
            return WireBytes(bytes: json.bytes[start...])
        case .eventStream:
            json.bytes.append(0x0A)
            json.bytes.append(0x0A)
        case .json: break
        }
        return WireBytes(bytes: json.bytes)
    }
}

extension JSONWriter {
    /// Where in the order of changes the frame stands.
    mutating func place(_ cursor: Cursor, from: Seq? = nil) {
        if let from {
            name("from")
            value(from)
        }
        name("cursor")
        value(cursor)
        name("seq")
        value(cursor.seq)
    }

    mutating func counts(_ inbox: Inbox) {
        name("unread_count")
        value(inbox.unreadCount)
        name("unseen_count")
        value(inbox.unseenCount)
    }

    /// The counts alone, as `unread_count` tells them.
    mutating func counts(of inbox: Inbox) {
        beginObject()
        name("count")
        value(inbox.unreadCount)
        name("unseen")
        value(inbox.unseenCount)
        endObject()
    }

    /// The client's `id`, as it wrote it.
    mutating func requestID(_ id: String) {
        guard !id.isEmpty else { return }
        name("id")
        raw(id)
    }

    /// The part of a row that marking can change.
    mutating func state(of row: Notification) {
        beginObject()
        name("notification_id")
        value(row.id)
        name("status")
        value(row.status)
        name("is_read")
        value(row.isRead)
        name("is_seen")
        value(row.isSeen)
        name("read_at")
        optional(row.readAt)
        name("archived_at")
        optional(row.archivedAt)
        name("snoozed_until")
        optional(row.snoozedUntil)
        if row.wantsReceipt {
            name("delivered_at")
            optional(row.deliveredAt)
        }
        name("updated_at")
        value(row.updatedAt)
        name("seq")
        value(row.seq)
        name("unread_seq")
        value(row.unreadSeq)
        name("unseen_seq")
        value(row.unseenSeq)
        endObject()
    }

    /// A row, a tombstone or a mark, as it stands in `changes`.
    mutating func change(_ change: Change) {
        switch change {
        case .row(let row) where row.standing == .deleted:
            beginObject()
            name("notification_id")
            value(row.id)
            name("seq")
            value(row.seq)
            name("status")
            value(row.status)
            endObject()
        case .row(let row):
            value(row)
        case .mark(let mark, let limit, let seq, let time):
            beginObject()
            name("mark")
            value(mark.word)
            name("up_to_seq")
            value(limit)
            name("seq")
            value(seq)
            if let time {
                name("read_at")
                value(time)
            }
            endObject()
        }
    }
}
