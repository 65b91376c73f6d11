import NIOCore
import PealCore

/// What is done for every frame, again and again, for counting its instructions (`make instructions`). Here because only
/// this module sees the code as sessions run it.
package enum Workload: String, CaseIterable {
    /// A new notification becomes a WebSocket frame.
    case encodeNotification = "encode-notification"
    /// The same, compressed.
    case compressNotification = "compress-notification"
    /// A masked text message of 1 KiB is read.
    case readKibibyte = "read-1-kib"
    /// A masked binary message of 64 KiB is read.
    case read64Kibibytes = "read-64-kib"
    /// One publication goes through 10,000 sessions that keep up.
    case fanOut = "fan-out-10000"
    /// A command is parsed.
    case parseCommand = "parse-command"

    /// Does it so many times.
    ///
    /// - Returns: something that depends on everything that was done.
    package func run(_ count: Int) -> Int {
        switch self {
        case .encodeNotification:
            Self.sum(count) { number in
                ChangeFrames.frame(Self.publication(number), on: .webSocket, tag: Self.tag, from: number - 1)?
                    .readableBytes ?? 0
            }
        case .compressNotification:
            Self.sum(count) { number in
                SharedFrame(Self.publication(number), receivedAt: 0)
                    .compressedBytes(in: .peal, tag: Self.tag, from: number - 1)?.readableBytes ?? 0
            }
        case .readKibibyte: Self.read(Self.masked(.text, bytes: 1024), count)
        case .read64Kibibytes: Self.read(Self.masked(.binary, bytes: 65_536), count)
        case .fanOut: Self.fanOut(count)
        case .parseCommand:
            Self.sum(count) { _ in
                let text = #"{"type":"mark_read","id":"17","notification_id":"0193f5c2-aaaa-7bbb-8ccc-dddddddddddd"}"#
                let request = try? ClientRequest(parsing: Array(text.utf8))
                return request?.id.utf8.count ?? 0
            }
        }
    }

    private static let tag = EpochTag(value: 1)
    private static let user = UserID(trusted: "maria")

    private static func sum(_ count: Int, _ work: (Seq) -> Int) -> Int {
        var sum = 0
        for number in 1...Seq(max(1, count)) { sum &+= work(number) }
        return sum
    }

    private static func publication(_ seq: Seq) -> Publication {
        let time = Timestamp(milliseconds: 1_768_478_400_000)
        let row = Notification(
            id: NotificationID(high: UInt64(seq), low: 0), userID: user, type: "like", title: "Nova curtida",
            message: "João e mais 10 pessoas curtiram seu post", actors: [Actor(id: "joao", name: "João")],
            actorCount: 11, targetType: "post", targetID: "42", createdAt: time, updatedAt: time, lastEventAt: time,
            seq: seq, unreadSeq: seq, unseenSeq: seq)
        return Publication(
            user: user, from: seq - 1, inbox: Inbox(seq: seq, unreadCount: 3, unseenCount: 1), content: .created(row))
    }

    /// A client's frame (RFC 6455 §5.2).
    private static func masked(_ opcode: Opcode, bytes count: Int) -> [UInt8] {
        var frame = FrameHeader.frame(opcode, [UInt8](repeating: 0x61, count: count))
        let head = frame.count - count
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        for index in head..<frame.count { frame[index] ^= mask[(index - head) % 4] }
        frame[1] |= 0x80
        frame.insert(contentsOf: mask, at: head)
        return frame
    }

    private static func read(_ frame: [UInt8], _ count: Int) -> Int {
        var parser = FrameParser(messageLimit: 1 << 20)
        return sum(count) { _ in
            frame.withUnsafeBytes { bytes in
                var index = 0
                switch parser.next(in: bytes, from: &index) {
                case .text(let message), .binary(let message): return message.count
                default: return 0
                }
            }
        }
    }

    private static func fanOut(_ count: Int) -> Int {
        let rules = SessionRules(GatewaySettings())
        var sessions = (0..<10_000 as Range<UInt64>).map { number in
            var session = Session(id: number, user: user, tag: tag, wire: .webSocket, rules: rules, now: 1)
            _ = session.start(since: .beginning, limit: 50)
            _ = session.complete(
                .page(InboxPage(inbox: Inbox(), rows: [], hasMore: false), reset: false), at: 1)
            _ = session.next()
            return session
        }
        return sum(count) { number in
            let frame = SharedFrame(publication(number), receivedAt: 0)
            var bytes = 0
            for index in sessions.indices {
                if let passed = sessions[index].passOn(frame) {
                    bytes &+= passed.readableBytes
                    continue
                }
                _ = sessions[index].publish(frame)
                while let next = sessions[index].next() { bytes &+= next.bytes.readableBytes }
            }
            return bytes
        }
    }
}
