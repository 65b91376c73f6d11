import PealCore
import Testing

@testable import PealGateway

/// `inbox`: what is unread at first, then `new_notification`.
@Suite struct InboxDialectTests {
    @Test func beginsWithWhatIsUnread() {
        var t = Transcript(.webSocket, in: .inbox)
        #expect(
            t.session.start(since: .beginning, limit: 200)
                == .read(.page(limit: 200, reset: false, status: .unread)))
        let page = InboxPage(inbox: inbox(9, unread: 1), rows: [row(4, seq: 4)], hasMore: false)
        _ = t.session.complete(.page(page, reset: false), at: t.now)
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["initial_load"])
        #expect(frames[0]["unread_count"]?.integer == 1)
        #expect(frames[0]["notifications"]?.array?.count == 1)
        let first = frames[0]["notifications"]?.array?.first
        #expect(first?["id"]?.string == row(4, seq: 4).id.description)
        #expect(first?["notification_id"] == first?["id"])
    }

    @Test func saysNothingWhereNothingIsUnread() {
        var t = Transcript.live(at: 9, on: .webSocket, in: .inbox)
        #expect(t.session.phase == .live && t.session.seq == 9)
        _ = t.session.publish(created(10))
        #expect(t.summary() == ["new_notification 10"])
    }

    @Test func newAndAggregatedNotificationsAreNew() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .inbox)
        _ = t.session.publish(created(5, message: "one"))
        var frames = t.output()
        _ = t.session.publish(shared(6, .aggregated(row(5, seq: 6, message: "two"))))
        frames += t.output()
        #expect(frames.map { $0["type"]?.string } == ["new_notification", "new_notification"])
        #expect(frames.map { $0["notification"]?["message"]?.string } == ["one", "two"])
        #expect(frames[0]["notification"]?["id"]?.string == row(5, seq: 5).id.description)
        #expect(frames[1]["cursor"]?.string == "0000000000000001.6")
        #expect(frames[1]["unread_count"]?.integer == 1)
    }

    @Test func everythingElseIsNative() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .inbox)
        let id = row(1, seq: 1).id
        #expect(
            t.receive(#"{"action":"mark_read","notification_id":"\#(id)"}"#)
                == .submit(.rows(.read, [id]), requestID: ""))
        #expect(t.receive(#"{"action":"mark_all_read"}"#) == .submit(.mark(.readAll, upTo: nil), requestID: ""))
        _ = t.session.publish(t.answer(5, id: "", .updated(.read, [row(1, seq: 5, isRead: true)])))
        _ = t.session.publish(t.answer(6, id: "", .marked(.readAll, upTo: 5, count: 3)))
        _ = t.session.publish(shared(7, .updated(.archive, [row(2, seq: 7)])))
        _ = t.session.publish(shared(8, .marked(.seenAll, upTo: 7, count: 1)))
        let frames = t.output()
        #expect(
            frames.map { $0["type"]?.string } == [
                "marked_read", "marked_all_read", "notification_update", "notification_update",
            ])
        #expect(frames[0]["notification_id"]?.string == id.description)
        #expect(frames[1]["count"]?.integer == 3)
        #expect(frames[2]["update_type"]?.string == "archived")
        #expect(frames[3]["update_type"]?.string == "seen_all" && frames[3]["up_to_seq"]?.integer == 7)
    }

    @Test func severalRowsAreSeveralFrames() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .inbox)
        _ = t.session.publish(
            shared(6, from: 4, .updated(.read, [row(1, seq: 5, isRead: true), row(2, seq: 6, isRead: true)])))
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["notification_update", "notification_update"])
        #expect(
            frames.map { $0["cursor"]?.string } == [nil, "0000000000000001.6"], "only the last completes the change")
    }

    @Test func aListNamesItsRowsTwice() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .inbox)
        _ = t.receive(#"{"type":"list"}"#)
        let page = InboxPage(inbox: inbox(4), rows: [row(4, seq: 4)], hasMore: false)
        _ = t.session.complete(.list(page, requestID: ""), at: t.now)
        #expect(t.output().first?["notifications"]?.array?.first?["id"]?.string == row(4, seq: 4).id.description)
    }

    @Test func aResetIsAnInitialLoadEvenIfItIsEmpty() {
        var t = Transcript(.webSocket, in: .inbox)
        #expect(
            t.session.start(since: .unusable, limit: 50) == .read(.page(limit: 50, reset: true, status: .unread)))
        _ = t.session.complete(.page(InboxPage(inbox: inbox(3), rows: [], hasMore: false), reset: true), at: t.now)
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["initial_load"])
        #expect(frames[0]["reset"] == .bool(true))
    }
}
