import NIOCore
import PealCore

@testable import PealGateway

let maria = UserID(trusted: "maria")
let ana = UserID(trusted: "ana")
let noon = Timestamp(milliseconds: 1_768_478_400_000)

func row(_ number: UInt64, seq: Seq, message: String = "text", isRead: Bool = false) -> Notification {
    Notification(
        id: NotificationID(high: number, low: 0), userID: maria, type: "news", title: "title", message: message,
        isRead: isRead, createdAt: noon, updatedAt: noon, lastEventAt: noon, seq: seq, unreadSeq: seq, unseenSeq: seq)
}

func inbox(_ seq: Seq, unread: Int = 0, floor: Seq = 0) -> Inbox {
    Inbox(seq: seq, unreadCount: unread, unseenCount: unread, floor: floor)
}

func shared(
    _ seq: Seq, from: Seq? = nil, _ content: Publication.Content, user: UserID = maria, origin: CommandOrigin? = nil
) -> SharedFrame {
    SharedFrame(
        Publication(user: user, from: from ?? seq - 1, inbox: inbox(seq, unread: 1), content: content, origin: origin),
        receivedAt: 0)
}

/// A new notification whose number is its seq.
func created(_ seq: Seq, message: String = "text") -> SharedFrame {
    shared(seq, .created(row(UInt64(seq), seq: seq, message: message)))
}

/// A session on the manual clock, its output as JSON: input left, action right.
struct Transcript {
    static let start: Tick = 1000
    var session: Session
    var now = Transcript.start

    init(_ wire: Wire = .json, in dialect: Dialect = .peal, change: (inout GatewaySettings) -> Void = { _ in }) {
        var settings = GatewaySettings()
        change(&settings)
        session = Session(
            id: 7, user: maria, tag: EpochTag(value: 1), wire: wire, dialect: dialect, rules: SessionRules(settings),
            now: now)
    }

    /// A session that has everything up to this seq.
    static func live(
        at seq: Seq, on wire: Wire = .json, in dialect: Dialect = .peal,
        change: (inout GatewaySettings) -> Void = { _ in }
    ) -> Self {
        var transcript = Self(wire, in: dialect, change: change)
        let page = StoreAnswer.page(InboxPage(inbox: inbox(seq), rows: [], hasMore: false), reset: false)
        let action = transcript.session.start(since: .beginning, limit: 50)
        _ = transcript.session.complete(action == .read(.head) ? .head(inbox(seq)) : page, at: transcript.now)
        _ = transcript.output()
        return transcript
    }

    mutating func output() -> [JSON] {
        var frames: [JSON] = []
        while let frame = session.next() {
            var bytes = Array(frame.bytes.readableBytesView)
            let payloads = session.wire == .webSocket ? ServerFrame.take(from: &bytes).map(\.payload) : [bytes]
            for payload in payloads {
                frames.append((try? JSON.parse(payload)) ?? .string(String(decoding: payload, as: UTF8.self)))
            }
        }
        return frames
    }

    /// `type seq`, or `type from→seq` where the frame covers more than one change.
    mutating func summary() -> [String] {
        output().map { frame in
            let type = frame["type"]?.string ?? "?"
            let seq = frame["seq"]?.integer.map { " \($0)" } ?? ""
            let from = frame["from"]?.integer.map { " \($0)→\(seq.dropFirst())" }
            return type + (from ?? seq)
        }
    }

    mutating func receive(_ text: String) -> SessionAction {
        session.receive(Array(text.utf8), at: now, time: noon)
    }

    mutating func changes(_ inbox: Inbox, _ changes: [Change], hasMore: Bool = false) -> SessionAction {
        session.complete(.changes(ChangePage(inbox: inbox, changes: changes, hasMore: hasMore)), at: now)
    }

    /// An answer to this session's own command.
    func answer(_ seq: Seq, from: Seq? = nil, id: String = "1", _ content: Publication.Content) -> SharedFrame {
        shared(seq, from: from, content, origin: CommandOrigin(session: session.id, requestID: id))
    }
}
