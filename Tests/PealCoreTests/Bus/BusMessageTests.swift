import PealCore
import Testing

@Suite struct BusMessageTests {
    private static let epoch = StoreEpoch(high: 0xFEDC_BA98_7654_3210, low: 7)

    private static func row(_ seq: Seq, text: String = "olá 🎉\u{0}") -> Notification {
        Notification(
            id: NotificationID(high: 0x0193_f5c2_0000_7000, low: UInt64(seq)), userID: UserID(trusted: "maria"),
            type: "like", title: text, message: "", standing: .snoozed, isRead: false, isSeen: true,
            actors: [Actor(id: "joão", name: nil), Actor(id: "ana", name: "Ana")], actorCount: 12,
            targetType: "post", targetID: nil, url: "/p/42", priority: .high, metadata: #"{"a":[1,"é"]}"#,
            createdAt: Timestamp(milliseconds: 1), updatedAt: Timestamp(milliseconds: -1),
            lastEventAt: Timestamp(milliseconds: .max), readAt: Timestamp(milliseconds: 0), archivedAt: nil,
            snoozedUntil: Timestamp(milliseconds: .min), expiresAt: nil, deliveredAt: nil, seq: seq, unreadSeq: seq,
            unseenSeq: seq - 1, groupKey: "g", eventCount: 13, hasOwnText: true, wantsReceipt: true)
    }

    private static let contents: [Publication.Content] = [
        .created(row(1)), .aggregated(row(2)), .updated(.archive, [row(3), row(4)]), .updated(.read, []),
        .marked(.readAll, upTo: 7, count: 3),
        .receipt(
            Publication.Receipt(
                notification: row(5).id, reader: UserID(trusted: "joão"), status: .read,
                at: Timestamp(milliseconds: 9))),
        .passed(PassedMessage(user: UserID(trusted: "maria"), type: nil, text: Array(#"{"x":1}"#.utf8))),
        .typing(TopicName(trusted: "room"), UserID(trusted: "ana"), isTyping: true), .revised,
    ]

    private static let message = BusMessage(
        epoch: epoch, node: .max,
        publications: contents.enumerated().map { index, content in
            Publication(
                user: UserID(trusted: "maria"), from: Seq(index),
                inbox: Inbox(seq: Seq(index) + 1, unreadCount: 300, unseenCount: 1, readMark: 5, floor: 2),
                content: content, origin: CommandOrigin(session: 1, requestID: "7"))
        })

    @Test func whatIsWrittenIsRead() throws {
        let read = try BusMessage(Self.message.bytes)
        #expect(read.epoch == Self.epoch && read.node == .max)
        #expect(read.publications.count == Self.contents.count)
        #expect(read.bytes == Self.message.bytes)
        for (index, publication) in read.publications.enumerated() {
            #expect(publication.from == Seq(index) && publication.seq == Seq(index) + 1)
            #expect(publication.inbox.unreadCount == 300 && publication.inbox.floor == 2)
            #expect(publication.origin == nil, "the asker is on the node that sends it")
        }
        guard case .created(let row) = read.publications[0].content else { return #expect(Bool(false)) }
        #expect(row == Self.row(1))
        guard case .updated(.archive, let rows) = read.publications[2].content else { return #expect(Bool(false)) }
        #expect(rows == [Self.row(3), Self.row(4)])
    }

    @Test func whatChangedNothingStaysHere() throws {
        let unchanged = Publication(
            user: UserID(trusted: "maria"), from: 1, inbox: Inbox(seq: 1), content: .unchanged(.mark(.readAll)))
        let bytes = BusMessage(epoch: Self.epoch, node: 1, publications: [unchanged]).bytes
        #expect(try BusMessage(bytes).publications.isEmpty)
    }

    @Test func aNewerVersionIsNotGuessedAt() {
        var bytes = Self.message.bytes
        bytes[0] = 2
        #expect(throws: BusMessage.Refusal.version(2)) { try BusMessage(bytes) }
        #expect(throws: BusMessage.Refusal.malformed) { try BusMessage([]) }
    }

    /// Whatever comes over the network, nothing traps and nothing large is allocated.
    @Test func anyBytesAreRefusedOrRead() {
        let bytes = Self.message.bytes
        for count in bytes.indices {
            #expect(throws: BusMessage.Refusal.malformed) {
                if count > 0 { _ = try BusMessage(Array(bytes[..<count])) } else { throw BusMessage.Refusal.malformed }
            }
        }
        let seed = UInt64.random(in: .min ... .max)
        var random = Xorshift(state: seed | 1)
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: 1..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if let read = try? BusMessage(changed) { #expect(read.publications.count <= bytes.count, "seed \(seed)") }
        }
    }
}

private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
