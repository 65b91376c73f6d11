import PealCore

/// A message of a client, checked.
struct ClientRequest: Sendable, Equatable {
    enum Command: Sendable, Equatable {
        /// The bare text `ping`.
        case textPing
        case ping
        case unreadCount
        case list(cursor: PageQuery.Position?, limit: Int, status: PageQuery.Status, type: String?)
        case inbox(InboxCommand.Kind)
        case refresh(token: String)
        case typing(TopicName, isTyping: Bool)
    }

    /// The client's `id` as JSON text; empty where it gave none.
    var id: String
    var command: Command
}

extension ClientRequest {
    static let listLimit = 200

    init(parsing bytes: [UInt8]) throws(CommandError) {
        if bytes.elementsEqual("ping".utf8) {
            self.init(id: "", command: .textPing)
            return
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes)
        } catch {
            throw CommandError("invalid_json", "not JSON: \(error)")
        }
        guard json.members != nil else { throw CommandError("invalid_message", "a message is a JSON object") }
        let id: String
        switch json["id"] {
        case nil, .null: id = ""
        case .string(let text) where text.utf8.count <= 128: id = JSON.string(text).text
        case .number(let text): id = text
        default: throw CommandError("invalid_id", "id is a string of at most 128 bytes or a number")
        }
        do throws(CommandError) {
            self.init(id: id, command: try Command(json))
        } catch {
            throw CommandError(error.code, error.message, requestID: id)
        }
    }
}

extension ClientRequest.Command {
    fileprivate init(_ json: JSON) throws(CommandError) {
        guard let type = json["type"]?.string ?? json["action"]?.string else {
            throw CommandError("invalid_message", "type is missing")
        }
        switch type {
        case "ping": self = .ping
        case "get_unread_count": self = .unreadCount
        case "list": self = try .init(list: json)
        case "mark_read": self = .inbox(.rows(.read, try Self.ids(json)))
        case "mark_unread": self = .inbox(.rows(.unread, try Self.ids(json)))
        case "mark_seen": self = .inbox(.rows(.seen, try Self.ids(json)))
        case "archive": self = .inbox(.rows(.archive, try Self.ids(json)))
        case "unarchive": self = .inbox(.rows(.unarchive, try Self.ids(json)))
        case "unsnooze": self = .inbox(.rows(.unsnooze, try Self.ids(json)))
        case "snooze": self = .inbox(.snooze(try Self.ids(json), until: try Self.until(json)))
        case "delete": self = .inbox(.rows(.delete, try Self.ids(json)))
        case "mark_all_read": self = .inbox(.mark(.readAll, upTo: try Self.limit(json)))
        case "mark_all_seen": self = .inbox(.mark(.seenAll, upTo: try Self.limit(json)))
        case "refresh_token":
            guard let token = json["token"]?.string, !token.isEmpty else {
                throw CommandError("invalid_field", "token is missing")
            }
            self = .refresh(token: token)
        case "typing": self = try .init(typing: json)
        default: throw CommandError("unknown_command", "there is no such command")
        }
    }

    private init(typing json: JSON) throws(CommandError) {
        guard let topic = present(json["topic"])?.identifier.flatMap({ TopicName($0) }), !topic.isReserved else {
            throw CommandError("invalid_field", "topic is not the name of a topic")
        }
        guard let isTyping = present(json["is_typing"])?.bool else {
            throw CommandError("invalid_field", "is_typing is neither true nor false")
        }
        self = .typing(topic, isTyping: isTyping)
    }

    private static func ids(_ json: JSON) throws(CommandError) -> [NotificationID] {
        if let one = present(json["notification_id"]) { return [try id(one)] }
        guard let several = present(json["notification_ids"])?.array, !several.isEmpty else {
            throw CommandError("invalid_field", "notification_id or notification_ids is missing")
        }
        var ids: [NotificationID] = []
        for element in several { ids.append(try id(element)) }
        return ids
    }

    private static func id(_ json: JSON) throws(CommandError) -> NotificationID {
        guard let text = json.identifier else { throw CommandError("invalid_field", "notification_id is not an id") }
        // An id that cannot be is one that is not there.
        guard let id = NotificationID(text) else { throw CommandError("not_found", "no such notification") }
        return id
    }

    private static func until(_ json: JSON) throws(CommandError) -> Timestamp {
        guard let time = present(json["until"])?.string.flatMap({ Timestamp(iso8601: $0) }) else {
            throw CommandError("invalid_field", "until is not a time as RFC 3339 writes it")
        }
        return time
    }

    private static func limit(_ json: JSON) throws(CommandError) -> Seq? {
        guard let value = present(json["up_to_seq"]) else { return nil }
        guard let seq = value.integer, seq >= 0 else {
            throw CommandError("invalid_field", "up_to_seq is not a whole number")
        }
        return seq
    }

    private init(list json: JSON) throws(CommandError) {
        var cursor: PageQuery.Position?
        if let value = present(json["cursor"]) {
            guard let position = value.string.flatMap({ PageQuery.Position(cursorText: $0) }) else {
                throw CommandError("invalid_cursor", "cursor is not one that a list gave")
            }
            cursor = position
        }
        var limit = 50
        if let value = present(json["limit"]) {
            guard let number = value.integer, number > 0 else {
                throw CommandError("invalid_field", "limit is not a positive number")
            }
            limit = Int(min(number, Int64(ClientRequest.listLimit)))
        }
        var status = PageQuery.Status.all
        if let value = present(json["status"]) {
            guard let known = value.string.flatMap({ PageQuery.Status(rawValue: $0.lowercased()) }) else {
                throw CommandError("invalid_field", "status is not one of \(PageQuery.Status.list)")
            }
            status = known
        }
        self = .list(cursor: cursor, limit: limit, status: status, type: present(json["notification_type"])?.string)
    }
}

/// A member that is there and not null.
private func present(_ json: JSON?) -> JSON? {
    if let json, !json.isNull { json } else { nil }
}
