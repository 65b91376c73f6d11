import HTTPTypes
import Hummingbird
import PealCore

extension Response {
    /// A JSON object, written member by member.
    static func json(
        _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], reserving count: Int = 256,
        _ write: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter(reserving: count)
        writer.beginObject()
        write(&writer)
        writer.endObject()
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }
}

extension HTTPFields {
    /// For everything that belongs to one user (RULES 42).
    static var privateToUser: HTTPFields {
        [.cacheControl: "private, no-cache", .vary: "Authorization"]
    }
}

extension HTTPField.Name {
    static let idempotencyKey = Self.known("Idempotency-Key")
    static let idempotentReplayed = Self.known("Idempotent-Replayed")
    static let secFetchSite = Self.known("Sec-Fetch-Site")
    static let referrerPolicy = Self.known("Referrer-Policy")
    static let crossOriginOpenerPolicy = Self.known("Cross-Origin-Opener-Policy")

    static func known(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is not a token (RFC 9110 §5.1)") }
        return name
    }
}

extension JSONWriter {
    /// What every answer with rows or counts carries (RULES 7).
    mutating func counters(_ inbox: Inbox, of user: UserID, epoch: StoreEpoch) {
        name("cursor")
        value(Cursor(epoch: epoch.tag(for: user), seq: inbox.seq))
        name("seq")
        value(inbox.seq)
        name("unread_count")
        value(inbox.unreadCount)
        name("unseen_count")
        value(inbox.unseenCount)
    }

    mutating func value(_ outcome: Outcome) {
        beginObject()
        name("notification_id")
        if let id = outcome.notificationID { value(id) } else { null() }
        name("user_id")
        if let topic = outcome.topic {
            null()
            name("topic")
            value(topic.rawValue)
        } else {
            value(outcome.user.rawValue)
        }
        name("seq")
        if outcome.notificationID == nil { null() } else { value(outcome.seq) }
        name("outcome")
        value(outcome.kind.rawValue)
        if let reason = outcome.suppression {
            name("reason")
            value(reason.rawValue)
        }
        if let id = outcome.scheduleID, let sendAt = outcome.sendAt {
            name("schedule_id")
            value(id)
            name("send_at")
            value(sendAt)
        }
        endObject()
    }

    /// What became of an event for a topic: who is told is found out one after the other.
    mutating func accepted(_ topic: TopicName, _ id: NotificationID) {
        name("topic")
        value(topic.rawValue)
        name("fanout_id")
        value(id)
    }

    mutating func outcomes(_ outcomes: [Outcome]) {
        name("notifications")
        beginArray()
        for outcome in outcomes { value(outcome) }
        endArray()
    }
}
