import NIOCore
import PealCore
import Testing

@testable import PealGateway

/// Slow readers, gaps and cursors in the dialects: the same machine, told in other frames.
@Suite struct DialectSyncTests {
    private func archived(_ number: UInt64, seq: Seq) -> Notification {
        var row = row(number, seq: seq, isRead: true)
        row.standing = .archived
        return row
    }

    private func types(_ frames: [JSON]) -> [String?] { frames.map { $0["type"]?.string } }

    @Test(arguments: [
        (Dialect.inbox, ["new_notification", "notification_update", "notification_update"]),
        (.rooms, ["notification", "notification_update", "unread_count"]),
        (.chat, ["notification", "notification_update", "notification_update"]),
    ])
    func afterAnOverflowEachChangeIsAFrame(dialect: Dialect, expected: [String]) {
        var t = Transcript.live(at: 4, on: .webSocket, in: dialect) { $0.queueBytes = 4000 }
        for seq in 5...40 { _ = t.session.publish(created(Seq(seq))) }
        #expect(t.session.phase == .behind && t.session.flags.contains(.overflowed))
        #expect(t.output().isEmpty)
        #expect(t.session.drained(at: t.now) == .read(.changes(after: 4, limit: 200, isShared: true)))
        _ = t.changes(
            inbox(40, unread: 1),
            [.row(row(38, seq: 38)), .row(archived(2, seq: 39)), .mark(.seenAll, upTo: 38, seq: 40, at: nil)])
        let frames = t.output()
        #expect(types(frames) == expected)
        #expect(frames.map { $0["cursor"]?.string } == [nil, nil, "0000000000000001.40"], "the last says where it is")
        #expect(t.session.sentSeq == 40 && t.session.phase == .live)
        _ = t.session.publish(created(41))
        #expect(t.output().isEmpty == false)
    }

    @Test func theCountOfASyncIsExact() {
        var t = Transcript(.webSocket, in: .rooms)
        _ = t.session.start(since: .after(4), limit: 50)
        _ = t.changes(inbox(6, unread: 2), [.row(row(5, seq: 5)), .row(row(6, seq: 6))])
        let frames = t.output()
        #expect(types(frames) == ["notification", "notification", "unread_count"])
        #expect(frames.last?["data"]?["count"]?.integer == 2)
    }

    @Test(arguments: [Dialect.inbox, .rooms, .chat])
    func whoIsUpToDateHearsNothing(dialect: Dialect) {
        var t = Transcript(.webSocket, in: dialect)
        #expect(
            t.session.start(since: .after(6), limit: 50) == .read(.resume(after: 6, limit: 200)))
        _ = t.changes(inbox(6), [])
        #expect(t.output().isEmpty)
        #expect(t.session.phase == .live)
    }

    @Test func aLongSyncComesInPagesAndCountsOnce() {
        var t = Transcript(.webSocket, in: .rooms) { $0.queueBytes = 4000 }
        _ = t.session.start(since: .after(0), limit: 50)
        let changes = (1...20).map { Change.row(row(UInt64($0), seq: Seq($0))) }
        var seen: [JSON] = []
        var action = t.changes(inbox(20, unread: 20), changes)
        var pages = 1
        while true {
            seen += t.output()
            guard action == .none else { break }
            let next = t.session.drained(at: t.now)
            guard case .read(.changes(let after, _, false)) = next else { break }
            pages += 1
            action = t.changes(inbox(20, unread: 20), Array(changes.dropFirst(Int(after))))
        }
        #expect(pages > 3)
        #expect(types(seen) == Array(repeating: "notification", count: 20) + ["unread_count"])
        #expect(t.session.phase == .live && t.session.sentSeq == 20)
    }

    @Test(arguments: [
        (Dialect.rooms, ["notification", "notification", "unread_count"]), (.chat, ["notification", "notification"]),
    ])
    func tooFarBehindTheNewestAreShown(dialect: Dialect, expected: [String]) {
        var t = Transcript.live(at: 4, on: .webSocket, in: dialect)
        _ = t.session.headIs(2000)
        _ = t.session.gapExpired(at: t.now + 100)
        #expect(t.changes(inbox(2000), [], hasMore: true) == .read(.page(limit: 50, reset: true)))
        let page = InboxPage(
            inbox: inbox(2000, unread: 2),
            rows: [row(9, seq: 2000), row(8, seq: 1999), row(7, seq: 1998, isRead: true), row(3, seq: 3)], hasMore: true
        )
        _ = t.session.complete(.page(page, reset: true), at: t.now)
        let frames = t.output()
        #expect(types(frames) == expected)
        #expect(frames.prefix(2).map { $0["data"]?["seq"]?.integer } == [1999, 2000], "oldest first, only what is new")
        #expect(frames.last?["cursor"]?.string == "0000000000000001.2000")
    }

    @Test(arguments: [(Dialect.rooms, ["unread_count"]), (.chat, [])])
    func aStrangeCursorShowsNothingOld(dialect: Dialect, expected: [String]) {
        var t = Transcript(.webSocket, in: dialect)
        _ = t.session.start(since: .unusable, limit: 50)
        let page = InboxPage(inbox: inbox(9, unread: 1), rows: [row(4, seq: 4)], hasMore: false)
        _ = t.session.complete(.page(page, reset: true), at: t.now)
        #expect(types(t.output()) == expected)
        #expect(t.session.phase == .live && t.session.seq == 9)
    }

    @Test func oneEncodingForEachDialectThatIsSpoken() {
        let frame = created(5)
        var sessions = [Dialect.inbox, .inbox, .rooms, .rooms].map { Transcript.live(at: 4, on: .webSocket, in: $0) }
        let bytes = sessions.indices.map { index -> UnsafeRawPointer? in
            _ = sessions[index].session.publish(frame)
            return sessions[index].session.next()?.bytes.withUnsafeReadableBytes { $0.baseAddress }
        }
        #expect(bytes[0] == bytes[1] && bytes[2] == bytes[3] && bytes[0] != bytes[2])
        #expect(frame.encodedDialects == [.inbox, .rooms])
    }

    @Test func aCountThatChangesHaveOvertakenIsNotTold() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        _ = t.receive(#"{"type":"get_unread_count"}"#)
        _ = t.session.publish(created(5))
        #expect(t.session.complete(.counts(inbox(4, unread: 9), requestID: ""), at: t.now) == .none)
        #expect(t.session.canReceive)
        _ = t.receive(#"{"type":"get_unread_count","id":1}"#)
        #expect(
            t.session.complete(.counts(inbox(4, unread: 9), requestID: "1"), at: t.now)
                == .read(.counts(requestID: "1")))
        _ = t.session.complete(.counts(inbox(5, unread: 1), requestID: "1"), at: t.now)
        let frames = t.output()
        #expect(types(frames) == ["notification", "unread_count", "unread_count"])
        #expect(frames.map { $0["data"]?["count"]?.integer } == [nil, 1, 1])
    }

    @Test func aReplyBehindALaterSyncDoesNotUndoIt() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms) { $0.queueBytes = 4000 }
        let id = row(1, seq: 1).id
        for request in ["", #","id":1"#] {
            _ = t.receive(#"{"type":"mark_read","notification_id":"\#(id)"\#(request)}"#)
        }
        _ = t.session.publish(t.answer(5, id: "", .updated(.read, [row(1, seq: 5, isRead: true)])))
        _ = t.session.publish(t.answer(5, from: 5, id: "1", .unchanged(.rows(.read, [id]))))
        for seq in 6...40 { _ = t.session.publish(created(Seq(seq))) }
        #expect(t.output().isEmpty)
        _ = t.session.drained(at: t.now)
        _ = t.changes(inbox(40, unread: 1), [.row(row(1, seq: 40))])
        let frames = t.output()
        #expect(types(frames) == ["notification", "unread_count", "marked_read"], "named requests are answered")
        #expect(frames[2]["seq"]?.integer == 5 && frames[2]["id"]?.integer == 1)
    }
}
