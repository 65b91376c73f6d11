import PealCore

/// The frames that are read from the store: the first page, and what a client missed.
enum SnapshotFrames {
    /// A frame together with the seq up to which a client that has it is complete.
    struct Page {
        var bytes: WireBytes
        var through: Seq
        var hasMore: Bool
        /// Notifications in it that are new to the client or took in an event since, for the metrics.
        var news = 0
    }

    /// - Parameter byteLimit: rows beyond it are left for `list`; the first one always goes.
    /// - Returns: the frame, and how many rows it shows.
    static func load(
        _ page: InboxPage, reset: Bool, in dialect: Dialect = .peal, on wire: Wire, tag: EpochTag, byteLimit: Int
    ) -> (bytes: WireBytes, shown: Int) {
        let cursor = Cursor(epoch: tag, seq: page.inbox.seq)
        var rows = JSONWriter()
        let count = rows.array(of: page.rows, byteLimit: byteLimit) { $0.row($1, in: dialect) }
        let hasMore = page.hasMore || count < page.rows.count
        var frame = FrameBuilder(wire, type: "initial_load", id: cursor, reserving: rows.bytes.count + 384)
        frame.json.place(cursor)
        frame.json.counts(page.inbox)
        frame.json.name("notifications")
        frame.json.raw(rows.bytes)
        frame.json.name("has_more")
        frame.json.value(hasMore)
        frame.json.name("next_cursor")
        frame.json.position(hasMore ? page.rows[..<count].last : nil)
        frame.json.name("reset")
        frame.json.value(reset)
        return (frame.finish(), count)
    }

    /// - Parameter from: what the client has; earlier changes are left out.
    static func sync(_ page: ChangePage, from: Seq, on wire: Wire, tag: EpochTag, byteLimit: Int) -> Page {
        let changes = page.changes.drop { $0.seq <= from }
        var texts = JSONWriter()
        let count = texts.array(of: changes, byteLimit: byteLimit) { $0.change($1) }
        let isCut = count < changes.count
        let hasMore = page.hasMore || isCut
        let through = isCut ? changes.prefix(count).last?.seq ?? from : max(from, page.through)
        let cursor = Cursor(epoch: tag, seq: through)
        var frame = FrameBuilder(
            wire, type: "sync", id: hasMore ? nil : cursor, reserving: texts.bytes.count + 320)
        frame.json.place(cursor, from: from)
        // Counts belong to the head, so that only the last page has them.
        if !hasMore { frame.json.counts(page.inbox) }
        frame.json.name("changes")
        frame.json.raw(texts.bytes)
        frame.json.name("has_more")
        frame.json.value(hasMore)
        let news = changes.prefix(count).count { $0.isNews(since: from) }
        return Page(bytes: frame.finish(), through: through, hasMore: hasMore, news: news)
    }

    /// The reply to `list`.
    static func list(
        _ page: InboxPage, requestID: String, in dialect: Dialect, on wire: Wire, tag: EpochTag, byteLimit: Int
    ) -> WireBytes {
        var rows = JSONWriter()
        let count = rows.array(of: page.rows, byteLimit: byteLimit) { $0.row($1, in: dialect) }
        var frame = FrameBuilder(wire, type: "notifications", reserving: rows.bytes.count + 320)
        frame.json.requestID(requestID)
        frame.json.place(Cursor(epoch: tag, seq: page.inbox.seq))
        frame.json.counts(page.inbox)
        frame.json.name("notifications")
        frame.json.raw(rows.bytes)
        frame.json.name("next_cursor")
        frame.json.position(page.hasMore || count < page.rows.count ? page.rows[..<count].last : nil)
        return frame.finish()
    }
}

extension Change {
    /// Whether it tells of a notification that was created or took in an event since then (or was made unread again, which
    /// a row in its present state does not tell apart).
    func isNews(since seq: Seq) -> Bool {
        if case .row(let row) = self { row.standing == .active && row.unseenSeq > seq } else { false }
    }
}

extension JSONWriter {
    fileprivate mutating func row(_ row: Notification, in dialect: Dialect) {
        if dialect == .inbox { valueWithID(row) } else { value(row) }
    }

    /// Writes elements until the limit is passed, at least one.
    ///
    /// - Returns: how many were written.
    fileprivate mutating func array<Element>(
        of elements: some Collection<Element>, byteLimit: Int, write: (inout JSONWriter, Element) -> Void
    ) -> Int {
        var count = 0
        beginArray()
        for element in elements {
            let length = bytes.count
            write(&self, element)
            if count > 0, bytes.count > byteLimit {
                bytes.removeLast(bytes.count - length)
                break
            }
            count += 1
        }
        endArray()
        return count
    }

    fileprivate mutating func position(_ row: Notification?) {
        guard let row else { return null() }
        value(PageQuery.Position(lastEventAt: row.lastEventAt, id: row.id).cursorText)
    }
}
