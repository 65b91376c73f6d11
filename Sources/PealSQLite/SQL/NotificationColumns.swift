internal import PealCore

/// How a row of an inbox lies in its table.
enum NotificationColumns {
    /// What changes most comes first: a record is read from its beginning.
    private static let contents = [
        "seq", "standing", "is_read", "is_seen", "unread_seq", "unseen_seq", "last_event_at", "created_at",
        "updated_at",
        "read_at", "archived_at", "expires_at", "event_count", "actor_count", "has_own_text", "priority", "type",
        "title",
        "message", "target_type", "target_id", "url", "metadata", "actor_id", "actor_name", "actor2_id", "actor2_name",
        "actor3_id", "actor3_name", "snoozed_until", "delivered_at", "wants_receipt",
    ]

    /// What a reader selects.
    static let names = "row, id, \(contents.joined(separator: ", ")), group_key"

    static let insert = """
        INSERT INTO notifications (\(names), inbox)
        VALUES (\(Array(repeating: "?", count: contents.count + 4).joined(separator: ", ")))
        """

    /// Everything but the group, whose index would be written again with it.
    static let update = """
        UPDATE notifications SET \(contents.map { "\($0) = ?" }.joined(separator: ", ")) WHERE row = ?
        """

    /// What a user's command changes.
    static let updateState = """
        UPDATE notifications SET seq = ?, standing = ?, is_read = ?, is_seen = ?, unread_seq = ?, unseen_seq = ?,
        updated_at = ?, read_at = ?, archived_at = ?, last_event_at = ?, snoozed_until = ?, delivered_at = ? WHERE row = ?
        """

    static let updateGroup = "UPDATE notifications SET group_key = ? WHERE row = ?"

    static let rowColumn = 0
    static let isReadColumn = 4
    static let isSeenColumn = 5
    static let unreadSeqColumn = 6
    static let unseenSeqColumn = 7
    static let lastEventAtColumn = 8
    static let typeColumn = 18
}

extension SQLStatement {
    /// Binds the columns of ``NotificationColumns/insert``.
    func bind(_ row: Notification, number: Int64, inbox: Int64) {
        bind(number)
        bind(row.id)
        bindContents(row)
        bind(row.groupKey)
        bind(inbox)
    }

    /// Binds the columns of ``NotificationColumns/update``.
    func bind(_ row: Notification, number: Int64) {
        bindContents(row)
        bind(number)
    }

    private func bindContents(_ row: Notification) {
        bind(row.seq)
        bind(row.standing.rawValue)
        bind(row.isRead)
        bind(row.isSeen)
        bind(row.unreadSeq)
        bind(row.unseenSeq)
        bind(row.lastEventAt)
        bind(row.createdAt)
        bind(row.updatedAt)
        bind(row.readAt)
        bind(row.archivedAt)
        bind(row.expiresAt)
        bind(row.eventCount)
        bind(row.actorCount)
        bind(row.hasOwnText)
        bind(row.priority.stored)
        bind(row.type)
        bind(row.title)
        bind(row.message)
        bind(row.targetType)
        bind(row.targetID)
        bind(row.url)
        if row.metadata.utf8.count > 2 { bind(row.metadata) } else { bindNull() }
        for index in 0..<Notification.actorSampleLimit {
            if index < row.actors.count {
                bind(row.actors[index].id)
                bind(row.actors[index].name)
            } else {
                bindNull()
                bindNull()
            }
        }
        bind(row.snoozedUntil)
        bind(row.deliveredAt)
        bind(row.wantsReceipt)
    }

    /// Binds the columns of ``NotificationColumns/updateState``.
    func bindState(_ row: Notification, number: Int64) {
        bind(row.seq)
        bind(row.standing.rawValue)
        bind(row.isRead)
        bind(row.isSeen)
        bind(row.unreadSeq)
        bind(row.unseenSeq)
        bind(row.updatedAt)
        bind(row.readAt)
        bind(row.archivedAt)
        bind(row.lastEventAt)
        bind(row.snoozedUntil)
        bind(row.deliveredAt)
        bind(number)
    }

    /// The row as it is written, not folded. Nothing of it may have been read yet.
    func notification(of user: UserID) -> (number: Int64, row: Notification) {
        let number = integer()
        let id = id()
        let seq = integer()
        let standing = Standing(rawValue: Int(integer())) ?? .deleted
        let (isRead, isSeen) = (flag(), flag())
        let (unreadSeq, unseenSeq) = (integer(), integer())
        let (lastEventAt, createdAt, updatedAt) = (time(), time(), time())
        let (readAt, archivedAt, expiresAt) = (optionalTime(), optionalTime(), optionalTime())
        let (eventCount, actorCount) = (Int(integer()), Int(integer()))
        let hasOwnText = flag()
        let priority = Priority(stored: integer())
        let (type, title, message) = (text(), text(), text())
        let (targetType, targetID, url) = (optionalText(), optionalText(), optionalText())
        let metadata = optionalText() ?? "{}"
        let actors = actors()
        let (snoozedUntil, deliveredAt, wantsReceipt) = (optionalTime(), optionalTime(), flag())
        let groupKey = optionalText()
        return (
            number,
            Notification(
                id: id, userID: user, type: type, title: title, message: message, standing: standing, isRead: isRead,
                isSeen: isSeen, actors: actors, actorCount: actorCount, targetType: targetType, targetID: targetID,
                url: url, priority: priority, metadata: metadata, createdAt: createdAt, updatedAt: updatedAt,
                lastEventAt: lastEventAt, readAt: readAt, archivedAt: archivedAt,
                snoozedUntil: snoozedUntil, expiresAt: expiresAt, deliveredAt: deliveredAt, seq: seq,
                unreadSeq: unreadSeq, unseenSeq: unseenSeq, groupKey: groupKey, eventCount: eventCount,
                hasOwnText: hasOwnText, wantsReceipt: wantsReceipt)
        )
    }

    private func actors() -> [Actor] {
        var actors: [Actor] = []
        for _ in 0..<Notification.actorSampleLimit {
            let (id, name) = (optionalText(), optionalText())
            if let id { actors.append(Actor(id: id, name: name)) }
        }
        return actors
    }

    private func time() -> Timestamp { Timestamp(milliseconds: integer()) }

    private func optionalTime() -> Timestamp? { optionalInteger().map(Timestamp.init(milliseconds:)) }
}

extension Priority {
    fileprivate var stored: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        }
    }

    fileprivate init(stored: Int64) {
        switch stored {
        case 0: self = .low
        case 2: self = .high
        default: self = .normal
        }
    }
}
