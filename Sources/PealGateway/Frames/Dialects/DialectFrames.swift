import NIOCore
import PealCore

/// The frames of the dialects: the same inputs as those of the native frames, and the same order of changes.
enum DialectFrames {
    /// A publication as the sessions see it that did not ask for it.
    static func change(
        _ publication: Publication, in dialect: Dialect, on wire: Wire, tag: EpochTag
    ) -> WireBytes? {
        let place = FramePlace(publication.inbox, tag: tag)
        var writer = DialectWriter(dialect, on: wire)
        switch publication.content {
        case .created(let row): writer.notification(row, place)
        case .aggregated(let row): writer.aggregation(row, place)
        case .updated(let operation, let rows): writer.updates(of: rows, operation, place)
        case .marked(let mark, let limit, _): writer.mark(mark, upTo: limit, place)
        case .passed(let message): return ChangeFrames.passed(message, on: wire)
        case .unchanged, .receipt, .revised, .typing: return nil
        }
        writer.conclusion(place)
        return writer.finish()
    }

    /// A publication as the session of `rooms` sees it that asked for it: the update that the others see, else the native
    /// reply; and the count. The other dialects are answered natively.
    static func reply(
        _ publication: Publication, from: Seq, requestID: String, on wire: Wire, tag: EpochTag
    ) -> WireBytes {
        var writer = DialectWriter(.rooms, on: wire)
        switch publication.content {
        case .updated(let operation, let rows):
            for row in rows { writer.update(row, operation.updateType, nil, requestID: requestID) }
        case .unchanged(.rows(.read, let ids)):
            for id in ids { writer.status(id, "read", requestID: requestID) }
        default: break
        }
        let native = writer.byteCount == 0
        if case .unchanged(.failed) = publication.content {
        } else {
            writer.conclusion(FramePlace(publication.inbox, tag: tag))
        }
        let bytes = writer.finish()
        guard native else { return bytes }
        var reply = ReplyFrames.frame(publication, from: from, requestID: requestID, on: wire, tag: tag)
        reply.writeImmutableBuffer(bytes)
        return reply
    }

    /// The first page, or what there is instead of changes that cannot be replayed.
    ///
    /// - Parameter from: what the client has; nil where it has nothing.
    static func load(
        _ page: InboxPage, from: Seq?, in dialect: Dialect, on wire: Wire, tag: EpochTag, byteLimit: Int
    ) -> WireBytes {
        let place = FramePlace(page.inbox, tag: tag)
        var writer = DialectWriter(dialect, on: wire)
        // The newest of what there is to show, oldest first.
        var rows: [Notification] = []
        var size = 0
        for row in page.rows where from.map(row.callsForAttention) ?? false {
            var one = DialectWriter(dialect, on: wire)
            one.notification(row, nil)
            size += one.byteCount
            if size > byteLimit, !rows.isEmpty { break }
            rows.append(row)
        }
        for (index, row) in rows.reversed().enumerated() {
            writer.notification(row, index == rows.count - 1 ? place : nil)
        }
        writer.conclusion(place)
        return writer.finish()
    }

    /// What a client missed: every changed notification is a frame of its own.
    static func sync(
        _ page: ChangePage, from: Seq, in dialect: Dialect, on wire: Wire, tag: EpochTag, byteLimit: Int
    ) -> SnapshotFrames.Page {
        let place = FramePlace(page.inbox, tag: tag)
        let changes = page.changes.drop { $0.seq <= from }
        var writer = DialectWriter(dialect, on: wire)
        var through = from
        var news = 0
        for (index, change) in changes.enumerated() {
            if index > 0, writer.byteCount >= byteLimit { break }
            let isLast = index == changes.count - 1 && !page.hasMore
            writer.change(change, from: from, isLast ? place : nil)
            through = change.seq
            if change.isNews(since: from) { news += 1 }
        }
        let isCut = through < (changes.last?.seq ?? from)
        let hasMore = page.hasMore || isCut
        if !isCut { through = max(through, page.through) }
        if !hasMore, page.inbox.seq > from { writer.conclusion(place) }
        return SnapshotFrames.Page(bytes: writer.finish(), through: through, hasMore: hasMore, news: news)
    }
}

extension DialectWriter {
    fileprivate mutating func updates(of rows: [Notification], _ operation: RowOperation, _ place: FramePlace) {
        for (index, row) in rows.enumerated() {
            update(row, operation.updateType, index == rows.count - 1 ? place : nil)
        }
    }

    fileprivate mutating func change(_ change: Change, from: Seq, _ place: FramePlace?) {
        switch change {
        case .row(let row) where row.callsForAttention(since: from): notification(row, place)
        case .row(let row): update(row, row.updateWord, place)
        case .mark(let mark, let limit, _, _): self.mark(mark, upTo: limit, place)
        }
    }
}

extension Notification {
    /// Whether something happened since then that its reader has not read.
    fileprivate func callsForAttention(since seq: Seq) -> Bool {
        standing == .active && !isRead && unreadSeq > seq
    }

    /// The update that leads to the present state.
    fileprivate var updateWord: StaticString {
        switch standing {
        case .deleted: "deleted"
        case .archived: "archived"
        case .snoozed: "snoozed"
        case .active: isRead ? "read" : isSeen ? "seen" : "unread"
        }
    }
}
