import PealCore
import Testing

@Suite struct InboxTests {
    private func row(_ seq: Seq, isRead: Bool = false) -> Notification {
        let time = Timestamp(seconds: 1)
        return Notification(
            id: NotificationID(high: 1, low: UInt64(seq)), userID: UserID(trusted: "maria"), type: "like", title: "",
            message: "", isRead: isRead, isSeen: isRead, createdAt: time, updatedAt: time, lastEventAt: time, seq: seq,
            unreadSeq: seq, unseenSeq: seq)
    }

    @Test func foldingAddsTheMarks() {
        let inbox = Inbox(seq: 9, readMark: 3, seenMark: 5)
        #expect(inbox.folded(row(3)).isRead && inbox.folded(row(3)).isSeen)
        #expect(!inbox.folded(row(4)).isRead && inbox.folded(row(4)).isSeen)
        #expect(!inbox.folded(row(6)).isRead && !inbox.folded(row(6)).isSeen)
        var archived = row(6)
        archived.standing = .archived
        #expect(inbox.folded(archived) == archived)
    }

    @Test func aMarkNeverAsksForCountsAtTheHead() {
        var inbox = Inbox(seq: 4, unreadCount: 3, unseenCount: 2)
        let count = inbox.move(.readAll, upTo: nil, at: Timestamp(seconds: 9)) { _, _ in
            Issue.record("nothing can be left above the head")
            return UnreadCounts(unread: 0, unseen: 0)
        }
        #expect(count == 3 && inbox.readMark == 4 && inbox.readMarkSeq == 5 && inbox.seq == 5)
    }

    @Test func aMarkThatCoversNothingStaysWhereItIs() {
        var inbox = Inbox(seq: 4, unreadCount: 1, unseenCount: 1, readMark: 2, readMarkSeq: 3)
        let before = inbox
        #expect(
            inbox.move(.readAll, upTo: 2, at: Timestamp(seconds: 9)) { _, _ in UnreadCounts(unread: 0, unseen: 0) }
                == nil)
        #expect(
            inbox.move(.readAll, upTo: 3, at: Timestamp(seconds: 9)) { _, _ in UnreadCounts(unread: 1, unseen: 1) }
                == nil)
        #expect(
            inbox.move(.readAll, upTo: -1, at: Timestamp(seconds: 9)) { _, _ in UnreadCounts(unread: 0, unseen: 0) }
                == nil)
        #expect(inbox == before)
    }

    @Test func aggregationMovesARowAboveEarlierMarks() {
        var inbox = Inbox(seq: 5, unreadCount: 1, unseenCount: 0, seenMark: 5, seenMarkSeq: 5)
        var row = inbox.folded(row(2))
        inbox.aggregate(&row)
        #expect(row.unreadSeq == 6 && row.unseenSeq == 6 && row.eventCount == 2 && !row.isSeen)
        #expect(inbox.unreadCount == 1 && inbox.unseenCount == 1)
        #expect(!inbox.folded(row).isSeen)
    }

    @Test func deletingLeavesTheGroup() {
        var inbox = Inbox(seq: 1, unreadCount: 1, unseenCount: 1)
        var row = row(1)
        row.groupKey = "like"
        #expect(inbox.apply(.delete, to: &row, at: Timestamp(seconds: 2)))
        #expect(row.groupKey == nil && row.standing == .deleted && inbox.unreadCount == 0)
    }

    @Test func theNewestActorsAreKept() {
        var row = row(1)
        for (index, name) in ["a", "b", "c", "a", "d", "cafe\u{301}", "caf\u{E9}"].enumerated() {
            let event = Event(type: "like", recipients: [], actor: Actor(id: name))
            row.join(event, isNewActor: index != 3, at: Timestamp(seconds: Int64(index)))
        }
        #expect(row.actors.map { $0.id.utf8.count } == [5, 6, 1] && row.actorCount == 6)
        #expect(row.lastEventAt == Timestamp(seconds: 6))
    }

    @Test func aGroupAdmitsUpToItsLimits() {
        let policy = GroupingPolicy(window: .seconds(10), maximumAge: .seconds(100), maximumEvents: 2)
        let time = Timestamp(seconds: 1)
        var row = row(1)
        #expect(policy.admits(row, at: time + .seconds(10)) && !policy.admits(row, at: time + .milliseconds(10_001)))
        row.lastEventAt = time + .seconds(95)
        #expect(policy.admits(row, at: time + .seconds(100)) && !policy.admits(row, at: time + .milliseconds(100_001)))
        row.eventCount = 2
        #expect(!policy.admits(row, at: time + .seconds(96)))
    }
}
