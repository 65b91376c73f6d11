import PealCore

/// A publication as the session sees it that asked for it (RULES 10).
enum ReplyFrames {
    /// - Parameter from: below the publication's own where it stands for earlier changes too.
    static func frame(
        _ publication: Publication, from: Seq, requestID: String, on wire: Wire, tag: EpochTag
    ) -> WireBytes {
        if case .unchanged(.failed(let error)) = publication.content {
            return AnswerFrames.error(CommandError(error), requestID: requestID, on: wire)
        }
        let cursor = Cursor(epoch: tag, seq: publication.seq)
        var frame = FrameBuilder(wire, type: publication.content.replyType, id: cursor, reserving: 512)
        frame.json.requestID(requestID)
        frame.json.place(cursor, from: from)
        frame.json.counts(publication.inbox)
        switch publication.content {
        case .updated(let operation, let rows): frame.json.rows(rows, operation)
        case .unchanged(.rows(_, let ids)): frame.json.ids(ids)
        case .marked(let mark, let limit, let count):
            frame.json.mark(mark, limit, count: count, at: publication.readAllTime)
        case .unchanged(.mark):
            frame.json.name("count")
            frame.json.value(0)
        default: break
        }
        return frame.finish()
    }
}

extension Publication.Content {
    fileprivate var replyType: StaticString {
        switch self {
        case .updated(.read, _), .unchanged(.rows(.read, _)): "marked_read"
        case .marked(.readAll, _, _), .unchanged(.mark(.readAll)): "marked_all_read"
        default: "ok"
        }
    }
}

extension JSONWriter {
    fileprivate mutating func rows(_ rows: [Notification], _ operation: RowOperation) {
        if rows.count == 1, let row = rows.first { return self.row(row, operation) }
        ids(rows.map(\.id))
        name("update_type")
        value(operation.updateType)
    }

    fileprivate mutating func ids(_ ids: [NotificationID]) {
        if ids.count == 1, let id = ids.first {
            name("notification_id")
            return value(id)
        }
        name("notification_ids")
        beginArray()
        for id in ids { value(id) }
        endArray()
    }
}
