import PealCore
import Testing

@testable import PealGateway

/// `chat`: nothing at first, and messages that leave flat.
@Suite struct ChatDialectTests {
    private func message(_ seq: Seq, metadata: String = "{}") -> Notification {
        var row = row(UInt64(seq), seq: seq, message: "Oi Alice!")
        row.type = "new_message"
        row.actors = [Actor(id: "bob", name: "Bob")]
        row.targetType = "conversation"
        row.targetID = "c1"
        row.metadata = metadata
        return row
    }

    @Test func beginsWithoutAFrame() {
        var t = Transcript(.webSocket, in: .chat)
        #expect(t.session.start(since: .beginning, limit: 50) == .read(.head))
        _ = t.session.complete(.head(inbox(0)), at: t.now)
        #expect(t.session.phase == .live)
        #expect(t.output().isEmpty)
    }

    @Test func aMessageIsFlat() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .chat)
        _ = t.session.publish(shared(5, .created(message(5))))
        let frames = t.output()
        #expect(frames.count == 1)
        #expect(
            frames[0].text
                == #"{"type":"new_message","message_id":"\#(message(5).id)","sender_id":"bob","conversation_id":"c1","#
                + #""content":"Oi Alice!","timestamp":1768478400000}"#)
    }

    @Test func theProducersMetadataGoesFirst() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .chat)
        let metadata =
            #"{"message_id":"m1","conversation_id":12,"sender_id":"b","content":"Oi","file_id":"f9","other":true}"#
        _ = t.session.publish(shared(5, .created(message(5, metadata: metadata))))
        #expect(
            t.output().first?.text
                == #"{"type":"new_message","message_id":"m1","sender_id":"b","conversation_id":"12","content":"Oi","#
                + #""timestamp":1768478400000,"file_id":"f9"}"#)
    }

    @Test func whatIsNoMessageIsNative() {
        var t = Transcript.live(at: 4, on: .webSocket, in: .chat)
        _ = t.session.publish(created(5))
        _ = t.session.publish(shared(6, .updated(.read, [row(5, seq: 6, isRead: true)])))
        _ = t.session.publish(shared(7, .marked(.readAll, upTo: 6, count: 0)))
        #expect(t.summary() == ["notification 5", "notification_update 6", "notification_update 7"])
        _ = t.receive(#"{"type":"mark_all_read","id":1}"#)
        _ = t.session.publish(t.answer(8, .marked(.readAll, upTo: 7, count: 0)))
        #expect(t.summary() == ["marked_all_read 7→8"])
    }

    @Test func anEventStreamStillSaysWhereItIs() {
        var t = Transcript.live(at: 4, on: .eventStream, in: .chat)
        _ = t.session.publish(shared(5, .created(message(5))))
        guard case .string(let event)? = t.output().first else {
            Issue.record("no event")
            return
        }
        #expect(event.hasPrefix("id: 0000000000000001.5\nevent: new_message\ndata: {\"type\":\"new_message\""))
    }
}
