import PealCore
import Testing

@testable import PealGateway

/// The beginning of a session: snapshot and live changes meet without a gap and without a repetition.
@Suite struct SessionReplayTests {
    @Test func theFirstFrameIsTheFirstPage() {
        var t = Transcript()
        #expect(t.session.start(since: .beginning, limit: 20) == .read(.page(limit: 20, reset: false)))
        #expect(t.receive(#"{"type":"ping"}"#) == .none)
        #expect(t.summary() == [], "nothing leaves before the first page")
        let page = InboxPage(inbox: inbox(3, unread: 2), rows: [row(3, seq: 3), row(2, seq: 2)], hasMore: true)
        #expect(t.session.complete(.page(page, reset: false), at: t.now) == .none)
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["initial_load", "pong"])
        #expect(frames[0]["cursor"]?.string == "0000000000000001.3")
        #expect(frames[0]["unread_count"]?.integer == 2)
        #expect(frames[0]["notifications"]?.array?.count == 2)
        #expect(frames[0]["has_more"]?.bool == true)
        #expect(frames[0]["reset"]?.bool == false)
        #expect(
            frames[0]["next_cursor"]?.string.flatMap { PageQuery.Position(cursorText: $0) }?.id == row(2, seq: 2).id)
        #expect(frames[1]["timestamp"]?.integer == noon.seconds)
    }

    @Test func liveChangesWaitAndThoseInTheSnapshotAreDropped() {
        var t = Transcript()
        _ = t.session.start(since: .beginning, limit: 50)
        for seq in 3...5 { #expect(t.session.publish(created(Seq(seq))) == .none) }
        let page = InboxPage(inbox: inbox(4), rows: [], hasMore: false)
        #expect(t.session.complete(.page(page, reset: false), at: t.now) == .none)
        #expect(t.summary() == ["initial_load 4", "notification 5"])
        #expect(t.session.phase == .live)
    }

    @Test func theAnswerToAnOwnCommandIsNeverDropped() {
        var t = Transcript()
        _ = t.session.start(since: .after(1), limit: 50)
        _ = t.receive(#"{"type":"mark_all_read","id":9}"#)
        _ = t.session.publish(t.answer(2, id: "9", .marked(.readAll, upTo: 1, count: 1)))
        _ = t.changes(inbox(2), [.mark(.readAll, upTo: 1, seq: 2, at: nil)])
        #expect(t.summary() == ["sync 1→2", "marked_all_read 1→2"])
    }

    @Test func anEmptySyncIsSentToo() {
        var t = Transcript()
        #expect(
            t.session.start(since: .after(4), limit: 50) == .read(.resume(after: 4, limit: 200)))
        #expect(t.changes(inbox(4, unread: 1), []) == .none)
        let frame = t.output().first
        #expect(frame?["type"]?.string == "sync")
        #expect(frame?["from"]?.integer == 4)
        #expect(frame?["seq"]?.integer == 4)
        #expect(frame?["unread_count"]?.integer == 1)
        #expect(frame?["changes"]?.array == [])
        #expect(frame?["has_more"]?.bool == false)
    }

    @Test func aSyncHoldsRowsTombstonesAndMarks() {
        var t = Transcript()
        _ = t.session.start(since: .after(1), limit: 50)
        var gone = row(2, seq: 3)
        gone.standing = .deleted
        _ = t.changes(inbox(4), [.row(row(1, seq: 2)), .row(gone), .mark(.readAll, upTo: 3, seq: 4, at: nil)])
        let changes = t.output().first?["changes"]?.array ?? []
        #expect(changes.map { $0["seq"]?.integer } == [2, 3, 4])
        #expect(changes.last?["mark"]?.string == "read_all")
        #expect(changes.last?["up_to_seq"]?.integer == 3)
        #expect(changes.count == 3 && changes[1]["status"]?.string == "DELETED" && changes[1]["message"] == nil)
    }

    @Test(arguments: [
        (inbox(3), "above the head"), (inbox(2000), "too far behind"), (inbox(20, floor: 11), "below the floor"),
    ])
    func aCursorThatCannotBeHonouredIsReset(head: Inbox, why: String) {
        var t = Transcript()
        _ = t.session.start(since: .after(10), limit: 50)
        #expect(t.changes(head, [], hasMore: true) == .read(.page(limit: 50, reset: true)), "\(why)")
        _ = t.session.complete(.page(InboxPage(inbox: head, rows: [], hasMore: false), reset: true), at: t.now)
        #expect(t.output().first?["reset"]?.bool == true)
        #expect(t.session.seq == head.seq)
    }

    @Test func foreignAndMalformedCursorsAreUnusable() {
        let tag = EpochTag(value: 1)
        #expect(Since(nil, tag: tag) == .beginning)
        #expect(Since("0000000000000001.12", tag: tag) == .after(12))
        #expect(Since("0000000000000002.12", tag: tag) == .unusable)
        #expect(Since("12", tag: tag) == .unusable)
        var t = Transcript()
        #expect(t.session.start(since: .unusable, limit: 50) == .read(.page(limit: 50, reset: true)))
    }

    @Test func aSyncIsPagedAndOnlyTheLastPageHasCounts() {
        var t = Transcript()
        _ = t.session.start(since: .after(0), limit: 50)
        _ = t.changes(inbox(3, unread: 3), [.row(row(1, seq: 1)), .row(row(2, seq: 2))], hasMore: true)
        _ = t.session.publish(created(4))
        let first = t.output()
        #expect(first.count == 1 && first[0]["has_more"]?.bool == true && first[0]["seq"]?.integer == 2)
        #expect(first.first?["unread_count"] == nil)
        #expect(
            t.session.drained(at: t.now) == .read(.changes(after: 2, limit: 200, isShared: false)))
        #expect(t.session.drained(at: t.now) == .none, "one read at a time")
        _ = t.changes(inbox(3, unread: 3), [.row(row(3, seq: 3))])
        #expect(t.summary() == ["sync 2→3", "notification 4"])
    }

    @Test func aPageHoldsAtMostHalfOfTheQueue() {
        var t = Transcript { $0.queueBytes = 4000 }
        _ = t.session.start(since: .after(0), limit: 50)
        let rows = (1...5).map { Change.row(row($0, seq: Seq($0), message: String(repeating: "x", count: 700))) }
        _ = t.changes(inbox(5, unread: 5), rows)
        let page = t.output()
        #expect(page.first?["changes"]?.array?.count == 1)
        #expect(page.first?["has_more"]?.bool == true)
        #expect(t.session.drained(at: t.now) == .read(.changes(after: 1, limit: 200, isShared: false)))
    }

    @Test func aStoreThatCannotBeReadEndsABeginningButNotALiveSession() {
        var t = Transcript()
        let read = StoreRead.page(limit: 50, reset: false)
        _ = t.session.start(since: .beginning, limit: 50)
        let error = StoreError(.unavailable, "down")
        guard case .close(.internalError, _) = t.session.complete(.failed(error, read), at: t.now) else {
            Issue.record("expected a close")
            return
        }
        t = .live(at: 1)
        #expect(t.session.publish(created(3)) == .awaitGap)
        guard case .read(let second) = t.session.gapExpired(at: t.now) else {
            Issue.record("expected a read")
            return
        }
        #expect(t.session.complete(.failed(error, second), at: t.now) == .none)
        #expect(t.session.drained(at: t.now) == .none, "not at once again")
        #expect(t.session.drained(at: t.now + 1) == .read(.changes(after: 1, limit: 200, isShared: true)))
    }
}
