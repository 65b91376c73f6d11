import PealCore
import Testing

@testable import PealGateway

/// `rooms`: nothing at first, and the count behind each change.
@Suite struct RoomsDialectTests {
    private func message(_ seq: Seq, metadata: String = "{}") -> Notification {
        var row = row(UInt64(seq), seq: seq)
        row.type = "new_message"
        row.actors = [Actor(id: "joao", name: "João")]
        row.targetType = "room"
        row.targetID = "r1"
        row.metadata = metadata
        return row
    }

    @Test func theFirstFrameIsTheAnswerToTheFirstCommand() {
        var t = Transcript(.webSocket, in: .rooms)
        #expect(t.session.start(since: .beginning, limit: 50) == .read(.head))
        _ = t.receive(#"{"type":"ping"}"#)
        #expect(t.output().isEmpty, "not before it is known where the inbox is")
        _ = t.session.publish(created(8))
        #expect(t.session.complete(.head(inbox(7)), at: t.now) == .none)
        #expect(t.session.phase == .live)
        #expect(t.output().map { $0["type"]?.string } == ["pong", "notification", "unread_count"])
    }

    @Test func whatTheHeadHoldsIsNotSent() {
        var t = Transcript(.webSocket, in: .rooms)
        _ = t.session.start(since: .beginning, limit: 50)
        _ = t.session.publish(created(8))
        _ = t.session.complete(.head(inbox(8)), at: t.now)
        #expect(t.output().isEmpty)
        #expect(t.session.seq == 8 && t.session.sentSeq == 8)
    }

    @Test func aSessionThatCannotLearnItsPlaceEnds() {
        var t = Transcript(.webSocket, in: .rooms)
        _ = t.session.start(since: .beginning, limit: 50)
        #expect(
            t.session.complete(.failed(StoreError(.unavailable, "down"), .head), at: t.now)
                == .close(.internalError, reason: "the inbox cannot be read now"))
    }

    @Test func aNewNotificationWithItsRoom() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        _ = t.session.publish(shared(5, .created(message(5))))
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["notification", "unread_count"])
        let data = frames[0]["data"]
        #expect(data?["notification_id"]?.string == message(5).id.description)
        #expect(data?["notification_type"]?.string == "new_message")
        #expect(data?["timestamp"]?.string == "2026-01-15T12:00:00.000Z")
        #expect(data?["sender_id"]?.string == "joao")
        #expect(data?["room_id"]?.string == "r1")
        #expect(data?["title"]?.string == "title" && data?["message"]?.string == "text")
        #expect(frames[1]["data"]?["count"]?.integer == 1)
        #expect(frames[1]["cursor"]?.string == "0000000000000001.5")
    }

    @Test func theProducersMetadataGoesFirst() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        _ = t.session.publish(shared(5, .created(message(5, metadata: #"{"room_id":7,"sender_id":"bot"}"#))))
        let data = t.output().first?["data"]
        #expect(data?["room_id"]?.string == "7" && data?["sender_id"]?.string == "bot")
        _ = t.session.publish(created(6))
        let plain = t.output().first?["data"]
        #expect(plain?["room_id"] == .null && plain?["sender_id"] == .null)
    }

    @Test func anotherEventIsAnUpdateOfTheSame() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        _ = t.session.publish(shared(5, .aggregated(message(5))))
        let frames = t.output()
        #expect(frames.map { $0["type"]?.string } == ["notification_update", "unread_count"])
        #expect(frames[0]["data"]?.members?.map(\.name) == ["notification_id", "status"])
        #expect(frames[0]["data"]?["status"]?.string == "unread")
    }

    @Test func whoMarksGetsTheUpdateToo() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        let id = row(1, seq: 1).id
        _ = t.receive(#"{"type":"mark_read","notification_id":"\#(id)"}"#)
        _ = t.session.publish(t.answer(5, id: "", .updated(.read, [row(1, seq: 5, isRead: true)])))
        _ = t.session.publish(t.answer(5, from: 5, id: "3", .unchanged(.rows(.read, [id]))))
        let frames = t.output()
        #expect(
            frames.map { $0["type"]?.string } == [
                "notification_update", "unread_count", "notification_update", "unread_count",
            ])
        for update in [frames[0], frames[2]] {
            #expect(update["data"]?["notification_id"]?.string == id.description)
            #expect(update["data"]?["status"]?.string == "read")
        }
        #expect(frames[0]["id"] == nil && frames[2]["id"]?.integer == 3)
    }

    @Test func otherStatesInLowerCase() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        for (seq, standing) in [(5, Standing.archived), (6, .deleted)] as [(Seq, Standing)] {
            var gone = row(1, seq: seq, isRead: true)
            gone.standing = standing
            _ = t.session.publish(shared(seq, .updated(.archive, [gone])))
            let status = t.output().first?["data"]?["status"]?.string
            #expect(status == (standing == .archived ? "archived" : "deleted"))
        }
    }

    @Test func marksAreTheCountAlone() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        _ = t.session.publish(shared(5, .marked(.readAll, upTo: 4, count: 2)))
        #expect(t.summary() == ["unread_count 5"])
        _ = t.receive(#"{"type":"mark_all_read","id":1}"#)
        _ = t.session.publish(t.answer(6, .marked(.readAll, upTo: 5, count: 0)))
        #expect(t.summary() == ["marked_all_read 5→6", "unread_count 6"])
        _ = t.receive(#"{"type":"archive","id":1,"notification_id":"\#(row(1, seq: 1).id)"}"#)
        _ = t.session.publish(t.answer(6, from: 6, .unchanged(.failed(StoreError(.notFound, "")))))
        #expect(t.output().map { $0["code"]?.string } == ["not_found"])
    }

    @Test func theCountOnRequest() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        #expect(t.receive(#"{"type":"get_unread_count"}"#) == .read(.counts(requestID: "")))
        _ = t.session.complete(.counts(inbox(4, unread: 3), requestID: ""), at: t.now)
        #expect(t.output().first?["data"]?["count"]?.integer == 3)
    }

    @Test func aNotificationIsNotConflatedWithItsUpdates() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .rooms)
        _ = t.session.publish(created(5))
        for seq in 6...9 { _ = t.session.publish(shared(Seq(seq), .aggregated(row(5, seq: Seq(seq))))) }
        #expect(
            t.output().map { $0["type"]?.string } == [
                "notification", "unread_count", "notification_update", "unread_count",
            ])
        #expect(t.session.sentSeq == 9)
    }
}
