import PealAuth
import PealCore
import Testing

@testable import PealGateway

@Suite struct SessionCommandTests {
    private let id = row(1, seq: 1).id

    @Test func readsAnswerLaterAndOneAtATime() {
        var t = Transcript.live(at: 4)
        #expect(t.receive(#"{"type":"get_unread_count","id":1}"#) == .read(.counts(requestID: "1")))
        #expect(!t.session.canReceive)
        _ = t.session.complete(.counts(inbox(4, unread: 3), requestID: "1"), at: t.now)
        let frame = t.output().first
        #expect(frame?["data"]?["count"]?.integer == 3)
        #expect(frame?["id"]?.integer == 1)
        #expect(t.session.canReceive)
        guard case .read(.list(let query, "")) = t.receive(#"{"type":"list","limit":999,"status":"UNREAD"}"#) else {
            Issue.record("expected a read")
            return
        }
        #expect(query.limit == 200 && query.status == .unread && query.user == maria)
        _ = t.session.complete(
            .list(InboxPage(inbox: inbox(4), rows: [row(1, seq: 1)], hasMore: false), requestID: ""), at: t.now)
        let list = t.output().first
        #expect(list?["type"]?.string == "notifications")
        #expect(list?["next_cursor"] == .null)
        #expect(list?["id"] == nil)
    }

    @Test func pingPong() {
        var t = Transcript.live(at: 4)
        #expect(t.receive("ping") == .none)
        #expect(t.session.next()?.bytes == AnswerFrames.textPong)
        #expect(t.receive(#"{"action":"ping","id":"x"}"#) == .none)
        let pong = t.output().first
        #expect(pong?["type"]?.string == "pong" && pong?["id"]?.string == "x")
    }

    @Test(arguments: [
        ("mark_unread", RowOperation.unread), ("mark_seen", .seen), ("archive", .archive),
        ("unarchive", .unarchive), ("delete", .delete), ("mark_read", .read), ("unsnooze", .unsnooze),
    ])
    func rowCommands(name: String, operation: RowOperation) {
        var t = Transcript.live(at: 4)
        let both = [id, row(2, seq: 2).id]
        #expect(
            t.receive(#"{"type":"\#(name)","notification_ids":["\#(both[0])","\#(both[1])"]}"#)
                == .submit(.rows(operation, both), requestID: ""))
    }

    /// `noon` is the transcripts' time of day.
    @Test func snoozing() {
        var t = Transcript.live(at: 4)
        func snooze(_ until: Timestamp) -> SessionAction {
            t.receive(#"{"type":"snooze","id":1,"notification_id":"\#(id)","until":"\#(until)"}"#)
        }
        let until = noon + .seconds(60)
        #expect(snooze(until) == .submit(.snooze([id], until: until), requestID: "1"))
        for time in [noon, noon + .seconds(-60), noon + .seconds(367 * 86_400)] {
            #expect(snooze(time) == .none)
            #expect(t.output().map { $0["code"]?.string } == ["invalid_field"])
        }
    }

    @Test func marks() {
        var t = Transcript.live(at: 4)
        #expect(
            t.receive(#"{"type":"mark_all_read","up_to_seq":3}"#) == .submit(.mark(.readAll, upTo: 3), requestID: ""))
        #expect(t.receive(#"{"type":"mark_all_seen"}"#) == .submit(.mark(.seenAll, upTo: nil), requestID: ""))
    }

    @Test(arguments: [
        ("{", "invalid_json"), ("[]", "invalid_message"), ("{}", "invalid_message"),
        (#"{"type":"yawn"}"#, "unknown_command"), (#"{"type":"mark_read"}"#, "invalid_field"),
        (#"{"type":"mark_read","notification_id":12}"#, "not_found"),
        (#"{"type":"mark_read","notification_ids":[]}"#, "invalid_field"),
        (#"{"type":"mark_all_read","up_to_seq":-1}"#, "invalid_field"),
        (#"{"type":"list","cursor":"x"}"#, "invalid_cursor"), (#"{"type":"list","limit":0}"#, "invalid_field"),
        (#"{"type":"ping","id":{}}"#, "invalid_id"), (#"{"type":"ping","type":"ping"}"#, "invalid_json"),
        (#"{"type":"refresh_token"}"#, "invalid_field"),
    ])
    func mistakesAreAnsweredAndTheSessionLivesOn(message: String, code: String) {
        var t = Transcript.live(at: 4)
        #expect(t.receive(message) == .none)
        let frame = t.output().first
        #expect(frame?["type"]?.string == "error")
        #expect(frame?["code"]?.string == code)
    }

    @Test func theIDOfAMistakeIsEchoed() {
        var t = Transcript.live(at: 4)
        _ = t.receive(#"{"type":"nonsense","id":"é\""}"#)
        #expect(t.output().first?["id"]?.string == "é\"")
    }

    @Test func tooManyMistakesInARowEndTheSession() {
        var t = Transcript.live(at: 4) { $0.badCommandLimit = 3 }
        #expect(t.receive("x") == .none)
        #expect(t.receive("x") == .none)
        #expect(t.receive("ping") == .none)
        #expect(t.receive("x") == .none)
        #expect(t.receive("x") == .none)
        guard case .close(.violation, _) = t.receive("x") else {
            Issue.record("expected a close")
            return
        }
    }

    @Test func commandsInFlightAreBoundedAndForgottenInTheEnd() {
        var t = Transcript.live(at: 4) { $0.commandsInFlight = 2 }
        _ = t.receive(#"{"type":"mark_all_seen"}"#)
        #expect(t.session.canReceive)
        _ = t.receive(#"{"type":"mark_all_seen"}"#)
        #expect(!t.session.canReceive)
        t.now += 31
        _ = t.session.advance(to: t.now)
        #expect(t.session.canReceive)
    }

    @Test func aTokenIsRefreshedForTheSameUserOnly() {
        var t = Transcript.live(at: 4)
        t.session.setExpiry(noon + .seconds(100), at: t.now, time: noon)
        #expect(t.receive(#"{"type":"refresh_token","token":"t","id":1}"#) == .verify(token: "t", requestID: "1"))
        t.session.refreshed(.success(Claims(user: ana)), requestID: "1", at: t.now, time: noon)
        #expect(t.output().first?["code"]?.string == "wrong_user")
        t.session.refreshed(.failure(AuthError(.expired, "")), requestID: "1", at: t.now, time: noon)
        #expect(t.output().first?["code"]?.string == "token_expired")
        let later = noon + .seconds(1000)
        t.session.refreshed(.success(Claims(user: maria, expiresAt: later)), requestID: "1", at: t.now, time: noon)
        let frame = t.output().first
        #expect(frame?["type"]?.string == "token_refreshed")
        #expect(frame?["expires_at"]?.string == later.description)
        #expect(t.session.expiry == t.now + 1000)
    }
}
