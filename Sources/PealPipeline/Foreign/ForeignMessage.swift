public import PealCore

/// What a program that knows nothing of Peal has published for a user.
///
/// `notifications:{userId}` carries any JSON object; `notifications` the envelope `{user_id, notification}`, whose users get
/// `{"type":"new_notification","notification":…}`. With `"persist": true` the object is an event, and is stored first.
public enum ForeignMessage: Sendable, Equatable {
    /// Goes to the user's sessions as it is, but for `seq` and `cursor`.
    case pass(PassedMessage)
    /// Goes the way of every event.
    case store(EventRequest)

    /// The channel of envelopes.
    public static let envelopes = "notifications"
    /// What a user's channel begins with; the rest of its name, verbatim, is the user.
    public static let userPrefix = "notifications:"

    /// The types that Peal's own frames have: somebody else's may not look like them (RULES 25).
    static let ownTypes: Set<String> = [
        "initial_load", "sync", "notification", "notification_update", "marked_read", "marked_all_read", "ok",
        "unread_count", "notifications", "pong", "presence", "typing", "token_expiring", "token_refreshed", "error",
        "receipt", "heartbeat", "close",
    ]

    /// - Parameter byteLimit: of the payload.
    /// - Throws: what is wrong with it, for a log line: no text of the message is in it.
    public init(
        channel: String, payload: [UInt8], byteLimit: Int
    ) throws(ForeignRefusal) {
        guard payload.count <= byteLimit else {
            throw ForeignRefusal(.tooLong, "has \(payload.count) bytes, and \(byteLimit) are taken")
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(payload)
        } catch {
            throw ForeignRefusal(.notJSON, "is not JSON: \(error)")
        }
        guard let members = json.members else { throw ForeignRefusal(.notJSON, "is not a JSON object") }
        guard channel == Self.envelopes else {
            let user = try Self.user(String(channel.dropFirst(Self.userPrefix.count)))
            self = try Self.read(members, for: user, original: payload)
            return
        }
        guard let text = json["user_id"]?.identifier else {
            throw ForeignRefusal(.invalid, "has no user_id")
        }
        let user = try Self.user(text)
        guard let inner = json["notification"]?.members else {
            throw ForeignRefusal(.invalid, "has no notification that is an object")
        }
        let isKept = [try Self.persists(members), try Self.persists(inner)]
        if isKept.contains(true) {
            self = .store(try Self.event(inner, for: user))
            return
        }
        let kept = JSON.object(Self.withoutPlaces(inner))
        self = .pass(
            PassedMessage(
                user: user, type: "new_notification",
                text: Array(
                    JSON.object([.init("type", .string("new_notification")), .init("notification", kept)]).text.utf8)))
    }

    private static func read(
        _ members: [JSON.Member], for user: UserID, original: [UInt8]
    ) throws(ForeignRefusal) -> Self {
        if try persists(members) { return .store(try event(members, for: user)) }
        let type = members.first { $0.name == "type" }?.value
        if let type, !type.isNull, type.string == nil { throw ForeignRefusal(.invalid, "has a type that is no string") }
        if let name = type?.string, ownTypes.contains(name) {
            throw ForeignRefusal(.ownType, "has the type '\(name)', which is one of Peal's own")
        }
        let kept = withoutPlaces(members)
        // As it is: spaces and spelling too, unless it would break a line of an event stream.
        let isVerbatim = kept.count == members.count && !original.contains { $0 == 0x0A || $0 == 0x0D }
        return .pass(
            PassedMessage(
                user: user, type: type?.string,
                text: isVerbatim ? original : Array(JSON.object(kept).text.utf8)))
    }

    private static func withoutPlaces(_ members: [JSON.Member]) -> [JSON.Member] {
        members.filter { $0.name != "seq" && $0.name != "cursor" && $0.name != "persist" }
    }

    private static func persists(_ members: [JSON.Member]) throws(ForeignRefusal) -> Bool {
        guard let value = members.first(where: { $0.name == "persist" })?.value, !value.isNull else { return false }
        guard let flag = value.bool else {
            throw ForeignRefusal(.invalid, "has a persist that is neither true nor false")
        }
        return flag
    }

    private static func user(_ text: String) throws(ForeignRefusal) -> UserID {
        guard let user = UserID(text) else { throw ForeignRefusal(.invalid, "names no user") }
        return user
    }

    // MARK: Events

    private static let eventFields: Set<String> = [
        "type", "actor_id", "actor_name", "target_type", "target_id", "title", "message", "excerpt", "url",
        "priority", "group", "expires_at", "receipt", "occurred_at", "send_at", "channels",
    ]
    /// What chat programs call the fields of an event that has no such field itself.
    private static let otherNames = ["sender_id": "actor_id", "content": "message", "conversation_id": "target_id"]

    /// What is no field of an event is kept in its metadata.
    private static func event(_ members: [JSON.Member], for user: UserID) throws(ForeignRefusal) -> EventRequest {
        var fields: [JSON.Member] = [.init("user_id", .string(user.rawValue))]
        var metadata: [JSON.Member] = []
        for member in members {
            switch member.name {
            case "persist", "seq", "cursor": continue
            case "user_id":
                guard member.value.identifier == user.rawValue else {
                    throw ForeignRefusal(.invalid, "names another user than its channel")
                }
            case "metadata":
                // What is no object is refused as that of an event is.
                if let inner = member.value.members {
                    metadata.insert(contentsOf: inner, at: 0)
                } else {
                    fields.append(member)
                }
            case let name where eventFields.contains(name): fields.append(member)
            default: metadata.append(member)
            }
        }
        for (other, name) in otherNames where !fields.contains(where: { $0.name == name }) {
            guard let value = metadata.first(where: { $0.name == other })?.value, value.identifier != nil else {
                continue
            }
            fields.append(.init(name, value))
            if name == "target_id", !fields.contains(where: { $0.name == "target_type" }) {
                fields.append(.init("target_type", .string("conversation")))
            }
        }
        if !metadata.isEmpty, !fields.contains(where: { $0.name == "metadata" }) {
            fields.append(.init("metadata", .object(metadata)))
        }
        do throws(ValidationFailure) {
            return try EventRequest(.object(fields))
        } catch {
            throw ForeignRefusal(.invalid, "is no event: \(error.problems.map(\.description).joined(separator: "; "))")
        }
    }
}

/// Why a message was not taken.
public struct ForeignRefusal: Error, Sendable, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        case tooLong = "too_long"
        case notJSON = "not_json"
        /// It would pass for one of Peal's own frames.
        case ownType = "own_type"
        case invalid
        /// More wait to be stored than are kept.
        case busy
        /// The store did not take it.
        case failed
    }

    public var reason: Reason
    /// A sentence without its subject.
    public var message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}
