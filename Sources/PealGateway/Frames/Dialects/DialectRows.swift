import PealCore

extension JSONWriter {
    /// A row as `rooms` shows it: with what the message was about too.
    mutating func roomsRow(_ row: Notification) {
        let metadata = RowMetadata(row)
        beginObject()
        members(of: row)
        name("notification_type")
        value(row.type)
        name("timestamp")
        value(row.lastEventAt)
        name("sender_id")
        optional(metadata["sender_id"] ?? row.actors.first?.id)
        name("room_id")
        optional(metadata["room_id"] ?? (row.targetType == "room" ? row.targetID : nil))
        endObject()
    }
}

/// A message as `chat` shows it. What the producer's metadata names goes before what Peal knows.
struct ChatMessage: Equatable {
    /// Of the notifications that are messages.
    static let type = "new_message"

    var id: String
    var sender: String?
    var conversation: String?
    var content: String
    var time: Timestamp
    var file: String?

    init(_ row: Notification) {
        let metadata = RowMetadata(row)
        id = metadata["message_id"] ?? row.id.description
        sender = metadata["sender_id"] ?? row.actors.first?.id
        conversation = metadata["conversation_id"] ?? row.targetID
        content = metadata["content"] ?? row.message
        time = row.lastEventAt
        file = metadata["file_id"]
    }
}

extension JSONWriter {
    mutating func members(of message: ChatMessage) {
        name("message_id")
        value(message.id)
        name("sender_id")
        optional(message.sender)
        name("conversation_id")
        optional(message.conversation)
        name("content")
        value(message.content)
        name("timestamp")
        value(message.time.milliseconds)
        if let file = message.file {
            name("file_id")
            value(file)
        }
    }
}

/// The producer's own fields, as far as a dialect has a place for them.
private struct RowMetadata {
    private let json: JSON?

    init(_ row: Notification) {
        json = row.metadata == "{}" ? nil : try? JSON.parse(row.metadata.utf8)
    }

    subscript(name: String) -> String? { json?[name]?.identifier }
}
