import PealCore
import Testing

@testable import PealGateway

@Suite struct SessionLiveTests {
    @Test func aChangeIsANotification() {
        var t = Transcript.live(at: 4)
        #expect(t.session.publish(created(5)) == .none)
        let frame = t.output().first
        #expect(frame?["type"]?.string == "notification")
        #expect(frame?["cursor"]?.string == "0000000000000001.5")
        #expect(frame?["data"]?["message"]?.string == "text")
        #expect(frame?["from"] == nil, "one change needs no from")
    }

    @Test func whatIsKnownIsNotSentAgain() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(created(5))
        _ = t.session.publish(created(5))
        _ = t.session.publish(created(3))
        #expect(t.summary() == ["notification 5"])
    }

    @Test func updatesAndMarksOfOtherSessions() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(shared(5, .updated(.read, [row(1, seq: 5, isRead: true)])))
        _ = t.session.publish(shared(6, .marked(.seenAll, upTo: 5, count: 2)))
        _ = t.session.publish(shared(8, from: 6, .updated(.read, [row(2, seq: 7), row(3, seq: 8)])))
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["notification_update", "notification_update", "sync"])
        #expect(frames[0]["update_type"]?.string == "read")
        #expect(frames[0]["data"]?["status"]?.string == "READ")
        #expect(frames[0]["notification_id"]?.string == row(1, seq: 5).id.description)
        #expect(frames[1]["update_type"]?.string == "seen_all")
        #expect(frames[1]["up_to_seq"]?.integer == 5)
        #expect(frames[2]["from"]?.integer == 6 && frames[2]["changes"]?.array?.count == 2)
    }

    @Test func ownCommandsAreAnsweredInOrder() {
        var t = Transcript.live(at: 4)
        let id = row(1, seq: 1).id
        #expect(
            t.receive(#"{"action":"mark_read","id":"a","notification_id":"\#(id)"}"#)
                == .submit(.rows(.read, [id]), requestID: "\"a\""))
        _ = t.session.publish(created(5))
        _ = t.session.publish(t.answer(6, id: "\"a\"", .updated(.read, [row(1, seq: 6, isRead: true)])))
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["notification", "marked_read"])
        #expect(frames.last?["id"]?.string == "a")
        #expect(frames.last?["from"]?.integer == 5)
        #expect(frames.last?["notification_id"]?.string == "\(id)")
        #expect(t.session.unanswered == 0)
    }

    @Test func aCommandWithoutEffectTakesNoSeq() {
        var t = Transcript.live(at: 4)
        let id = row(1, seq: 1).id
        _ = t.receive(#"{"type":"archive","id":7,"notification_id":"\#(id)"}"#)
        _ = t.session.publish(t.answer(4, from: 4, id: "7", .unchanged(.rows(.archive, [id]))))
        let frame = t.output().first
        #expect(frame?["type"]?.string == "ok")
        #expect(frame?["id"]?.integer == 7)
        #expect(frame?["seq"]?.integer == 4)
        #expect(t.session.publish(shared(4, from: 4, .unchanged(.mark(.readAll)))) == .none)
        #expect(t.summary() == [], "another session's command without effect is nobody's business")
    }

    @Test func arefusedCommandIsAnError() {
        var t = Transcript.live(at: 4)
        _ = t.receive(#"{"type":"delete","id":"x","notification_id":"\#(row(1, seq: 1).id)"}"#)
        let failure = Publication.Content.unchanged(.failed(StoreError(.notFound, "no notification")))
        _ = t.session.publish(t.answer(4, from: 4, id: "\"x\"", failure))
        let frame = t.output().first
        #expect(frame?["type"]?.string == "error")
        #expect(frame?["code"]?.string == "not_found")
        #expect(frame?["id"]?.string == "x")
    }

    @Test func anAnswerIsGivenOnceThoughTheBusRepeats() {
        var t = Transcript.live(at: 4)
        _ = t.receive(#"{"type":"mark_all_read","id":1}"#)
        let answer = t.answer(5, .marked(.readAll, upTo: 4, count: 1))
        _ = t.session.publish(answer)
        _ = t.session.publish(answer)
        #expect(t.summary() == ["marked_all_read 4→5"])
    }

    // MARK: Gaps

    @Test func aGapWaitsForWhatWasOvertaken() {
        var t = Transcript.live(at: 4)
        #expect(t.session.publish(created(6)) == .awaitGap)
        #expect(t.session.publish(created(7)) == .none)
        #expect(t.summary() == [])
        #expect(t.session.publish(created(5)) == .none)
        #expect(t.summary() == ["notification 5", "notification 6", "notification 7"])
        #expect(t.session.gapExpired(at: t.now) == .none)
    }

    @Test func aGapThatStaysIsReadFromTheStore() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(created(6))
        #expect(t.session.gapExpired(at: t.now) == .read(.changes(after: 4, limit: 200, isShared: true)))
        _ = t.session.publish(created(7))
        _ = t.changes(inbox(6), [.row(row(5, seq: 5)), .row(row(6, seq: 6))])
        #expect(t.summary() == ["sync 4→6", "notification 7"])
        #expect(t.session.phase == .live)
    }

    @Test func aSharedReadMayBeginEarlierThanThisSession() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(created(6))
        _ = t.session.gapExpired(at: t.now)
        _ = t.changes(inbox(6), (2...6).map { .row(row(UInt64($0), seq: $0)) })
        let frame = t.output().first
        #expect(frame?["from"]?.integer == 4)
        #expect(frame?["changes"]?.array?.count == 2)
    }

    @Test func atMostOneSyncASecond() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(created(6))
        _ = t.session.gapExpired(at: t.now)
        _ = t.changes(inbox(6), [.row(row(5, seq: 5)), .row(row(6, seq: 6))])
        _ = t.output()
        _ = t.session.publish(created(8))
        #expect(t.session.gapExpired(at: t.now) == .none)
        #expect(t.session.deadline == t.now + 1)
        #expect(t.session.drained(at: t.now) == .none)
        #expect(t.session.drained(at: t.now + 1) == .read(.changes(after: 6, limit: 200, isShared: true)))
    }

    @Test func aLostLastChangeIsFoundByItsHead() {
        var t = Transcript.live(at: 4)
        #expect(t.session.headIs(4) == .none)
        #expect(t.session.headIs(5) == .awaitGap)
        #expect(t.session.gapExpired(at: t.now) == .read(.changes(after: 4, limit: 200, isShared: true)))
        _ = t.changes(inbox(5), [.row(row(5, seq: 5))])
        #expect(t.summary() == ["sync 4→5"])
        #expect(t.session.headIs(6) == .awaitGap)
        _ = t.session.publish(created(6))
        #expect(t.session.gapExpired(at: t.now + 5) == .none, "it was only on its way")
        #expect(t.summary() == ["notification 6"])
    }

    /// A bus that lets a user join late may have lost what was committed after the snapshot.
    @Test func aHeadThatIsSeenWhileThePageIsReadIsNotForgotten() {
        var t = Transcript.live(at: 4)
        #expect(t.session.headIs(5) == .awaitGap)
        #expect(t.session.gapExpired(at: t.now) == .read(.changes(after: 4, limit: 200, isShared: true)))
        #expect(t.session.headIs(6) == .none)
        t.now = t.now + 20
        let action = t.changes(inbox(5), [.row(row(5, seq: 5))])
        #expect(action == .read(.changes(after: 5, limit: 200, isShared: true)))
        _ = t.changes(inbox(6), [.row(row(6, seq: 6))])
        #expect(t.summary() == ["sync 4→5", "sync 5→6"])
    }

    /// The short way is for a session at rest, and leaves it as the queue would.
    @Test func aLoneChangePassesTheQueue() throws {
        var t = Transcript.live(at: 4, on: .webSocket)
        let gap = t.session.passOn(shared(7, from: 6, .created(row(7, seq: 7))))
        #expect(gap == nil)
        let known = t.session.passOn(created(4))
        #expect(known == nil)
        let own = t.session.passOn(
            shared(5, .created(row(5, seq: 5)), origin: CommandOrigin(session: t.session.id, requestID: "1")))
        #expect(own == nil)
        #expect(t.session.seq == 4 && t.session.sentSeq == 4)
        let passed = t.session.passOn(created(5))
        #expect(passed != nil)
        #expect(t.session.seq == 5 && t.session.sentSeq == 5)
        #expect(t.output().isEmpty)
        // Behind what waits, it has to wait as well.
        _ = t.session.publish(created(6))
        let queued = t.session.passOn(created(7))
        #expect(queued == nil)
        #expect(t.output().map { $0["seq"]?.integer } == [6])
    }
}
