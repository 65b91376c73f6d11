extension JSONWriter {
    /// A notification as every transport and every HTTP answer shows it.
    public mutating func value(_ row: Notification) {
        beginObject()
        members(of: row)
        endObject()
    }

    /// The same, which also names itself in `id`.
    public mutating func valueWithID(_ row: Notification) {
        beginObject()
        name("id")
        value(row.id)
        members(of: row)
        endObject()
    }

    /// The members of ``value(_:)-(Notification)`` inside an object that the caller has begun and ends, so that it can add
    /// others.
    public mutating func members(of row: Notification) {
        name("notification_id")
        value(row.id)
        name("user_id")
        value(row.userID.rawValue)
        name("type")
        value(row.type)
        name("title")
        value(row.title)
        name("message")
        value(row.message)
        name("status")
        value(row.status)
        name("is_read")
        value(row.isRead)
        name("is_seen")
        value(row.isSeen)
        name("actor_id")
        optional(row.actors.first?.id)
        name("actors")
        beginArray()
        for actor in row.actors { value(actor) }
        endArray()
        name("actor_count")
        value(row.actorCount)
        name("target_type")
        optional(row.targetType)
        name("target_id")
        optional(row.targetID)
        name("url")
        optional(row.url)
        name("priority")
        value(row.priority.rawValue)
        name("metadata")
        raw(row.metadata)
        name("created_at")
        value(row.createdAt)
        name("updated_at")
        value(row.updatedAt)
        name("last_event_at")
        value(row.lastEventAt)
        name("read_at")
        optional(row.readAt)
        name("archived_at")
        optional(row.archivedAt)
        name("snoozed_until")
        optional(row.snoozedUntil)
        name("expires_at")
        optional(row.expiresAt)
        if row.wantsReceipt {
            name("delivered_at")
            optional(row.deliveredAt)
        }
        name("seq")
        value(row.seq)
        name("unread_seq")
        value(row.unreadSeq)
        name("unseen_seq")
        value(row.unseenSeq)
    }

    /// An actor with the name that is shown.
    public mutating func value(_ actor: Actor) {
        beginObject()
        name("id")
        value(actor.id)
        name("name")
        value(actor.displayName)
        endObject()
    }

    /// The text, or `null`.
    public mutating func optional(_ text: String?) {
        if let text { value(text) } else { null() }
    }

    /// The time, or `null`.
    public mutating func optional(_ time: Timestamp?) {
        if let time { value(time) } else { null() }
    }
}
