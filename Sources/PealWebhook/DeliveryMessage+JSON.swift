import PealCore

extension DeliveryMessage {
    /// What the program gets: `{"type":"delivery","timestamp":…,"data":{…}}`, with notifications as in every other answer.
    func body(on channel: DeliveryChannel) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + notifications.count * 768)
        writer.beginObject()
        writer.name("type")
        writer.value("delivery.\(channel.rawValue)")
        writer.name("data")
        writer.beginObject()
        writer.name("delivery_id")
        writer.value(id)
        writer.name("channel")
        writer.value(channel.rawValue)
        writer.name("user_id")
        writer.value(user.rawValue)
        writer.name("name")
        writer.optional(profile?.name)
        writer.name("email")
        writer.optional(profile?.email)
        writer.name("locale")
        writer.optional(profile?.locale)
        writer.name("timezone")
        writer.optional(profile?.timezone)
        writer.name("digest")
        writer.value(isDigest)
        writer.name("title")
        writer.value(title)
        writer.name("unread_count")
        writer.value(Int64(unreadCount))
        writer.name("headers")
        writer.beginArray()
        for header in unsubscribeHeaders {
            writer.beginObject()
            writer.name("name")
            writer.value(header.name)
            writer.name("value")
            writer.value(header.value)
            writer.endObject()
        }
        writer.endArray()
        writer.name("notifications")
        writer.beginArray()
        for row in notifications { writer.value(row) }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
