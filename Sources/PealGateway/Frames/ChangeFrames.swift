import NIOCore
import PealCore

/// A publication as the sessions see it that did not ask for it.
enum ChangeFrames {
    /// - Parameter from: below the publication's own where it stands for earlier ones too.
    static func frame(_ publication: Publication, on wire: Wire, tag: EpochTag, from: Seq) -> WireBytes? {
        let cursor = Cursor(epoch: tag, seq: publication.seq)
        // A client takes a frame without `from` for exactly one change.
        let shownFrom = from == publication.seq - 1 ? nil : from
        switch publication.content {
        case .created(let row), .aggregated(let row):
            var frame = FrameBuilder(wire, type: "notification", id: cursor, reserving: 1024)
            frame.json.place(cursor, from: shownFrom)
            frame.json.counts(publication.inbox)
            frame.json.name("data")
            frame.json.value(row)
            return frame.finish()
        case .updated(let operation, let rows):
            guard rows.count == 1, let row = rows.first else {
                return several(rows, publication.inbox, on: wire, cursor: cursor, from: from)
            }
            var frame = FrameBuilder(wire, type: "notification_update", id: cursor, reserving: 640)
            frame.json.place(cursor, from: shownFrom)
            frame.json.counts(publication.inbox)
            frame.json.row(row, operation)
            return frame.finish()
        case .marked(let mark, let limit, let count):
            var frame = FrameBuilder(wire, type: "notification_update", id: cursor)
            frame.json.place(cursor, from: shownFrom)
            frame.json.counts(publication.inbox)
            frame.json.mark(mark, limit, count: count, at: publication.readAllTime)
            return frame.finish()
        case .receipt(let receipt):
            return self.receipt(receipt, on: wire)
        case .passed(let message):
            return passed(message, on: wire)
        case .typing(let topic, let user, let isTyping):
            return typing(topic, user, isTyping, on: wire)
        case .unchanged, .revised:
            return nil
        }
    }

    /// The same in every dialect: it is no frame of Peal's.
    static func passed(_ message: PassedMessage, on wire: Wire) -> WireBytes {
        switch wire {
        case .webSocket: return WireBytes(bytes: FrameHeader.frame(.text, message.text))
        case .eventStream:
            // The name of an event ends with its line.
            let type = message.type.flatMap { $0.utf8.contains { $0 < 0x20 } ? nil : $0 }
            let head = type.map { "event: \($0)\n" } ?? ""
            return WireBytes(bytes: Array("\(head)data: ".utf8) + message.text + [0x0A, 0x0A])
        case .json: return WireBytes(bytes: message.text)
        }
    }

    private static func receipt(_ receipt: Publication.Receipt, on wire: Wire) -> WireBytes {
        var frame = FrameBuilder(wire, type: "receipt")
        frame.json.name("data")
        frame.json.beginObject()
        frame.json.name("notification_id")
        frame.json.value(receipt.notification)
        frame.json.name("user_id")
        frame.json.value(receipt.reader.rawValue)
        frame.json.name("status")
        frame.json.value(receipt.status.rawValue)
        frame.json.name("at")
        frame.json.value(receipt.at)
        frame.json.endObject()
        return frame.finish()
    }

    private static func typing(_ topic: TopicName, _ user: UserID, _ isTyping: Bool, on wire: Wire) -> WireBytes {
        var frame = FrameBuilder(wire, type: "typing")
        frame.json.name("data")
        frame.json.beginObject()
        frame.json.name("topic")
        frame.json.value(topic.rawValue)
        frame.json.name("user_id")
        frame.json.value(user.rawValue)
        frame.json.name("is_typing")
        frame.json.value(isTyping)
        frame.json.endObject()
        return frame.finish()
    }

    private static func several(
        _ rows: [Notification], _ inbox: Inbox, on wire: Wire, cursor: Cursor, from: Seq
    ) -> WireBytes {
        var frame = FrameBuilder(wire, type: "sync", id: cursor, reserving: 1024 * rows.count)
        frame.json.place(cursor, from: from)
        frame.json.counts(inbox)
        frame.json.name("changes")
        frame.json.beginArray()
        for row in rows { frame.json.change(.row(row)) }
        frame.json.endArray()
        frame.json.name("has_more")
        frame.json.value(false)
        return frame.finish()
    }
}

extension JSONWriter {
    mutating func row(_ row: Notification, _ operation: RowOperation) {
        name("notification_id")
        value(row.id)
        name("update_type")
        value(operation.updateType)
        name("data")
        if operation.concernsWholeRow, row.standing != .deleted { value(row) } else { state(of: row) }
    }

    /// - Parameter time: when its rows were read; nil for a mark that reads none.
    mutating func mark(_ mark: Mark, _ limit: Seq, count: Int, at time: Timestamp?) {
        name("update_type")
        value(mark.word)
        name("up_to_seq")
        value(limit)
        name("count")
        value(count)
        if let time {
            name("read_at")
            value(time)
        }
    }
}

extension Publication {
    /// When the rows of a read-all were read.
    var readAllTime: Timestamp? {
        if case .marked(.readAll, _, _) = content { inbox.readTimes?.latest?.at } else { nil }
    }
}
