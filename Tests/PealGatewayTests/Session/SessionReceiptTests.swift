import NIOCore
import PealCore
import Testing

@testable import PealGateway

/// Receipts: frames without a place in the order of changes, and what they tell of.
@Suite struct SessionReceiptTests {
    private func receipt(_ number: UInt64) -> SharedFrame {
        let content = Publication.Content.receipt(
            Publication.Receipt(
                notification: NotificationID(high: number, low: 1), reader: UserID(trusted: "joao"), status: .read,
                at: Timestamp(seconds: 5)))
        return SharedFrame(
            Publication(user: UserID(trusted: "maria"), from: 0, inbox: Inbox(), content: content), receivedAt: 0)
    }

    @Test func aReceiptIsShownAndMovesNothing() throws {
        var t = Transcript.live(at: 4)
        #expect(t.session.publish(receipt(1)) == .none)
        let frame = try #require(t.output().first)
        #expect(frame["type"]?.string == "receipt" && frame["seq"] == nil && frame["cursor"] == nil)
        #expect(frame["data"]?["user_id"]?.string == "joao" && frame["data"]?["status"]?.string == "read")
        #expect(t.session.seq == 4 && t.session.sentSeq == 4)
        // The next change follows on the one before it.
        #expect(t.session.publish(created(5)) == .none)
        #expect(t.output().map { $0["seq"]?.integer } == [5])
    }

    /// JSON of other programs is shown in every dialect, and only to who is here.
    @Test(arguments: Dialect.allCases) func whatIsPassedOnMovesNothing(dialect: Dialect) throws {
        let message = PassedMessage(
            user: UserID(trusted: "maria"), type: "x", text: Array(#"{"type":"x","n":1}"#.utf8))
        let frame = SharedFrame(Publication(message), receivedAt: 0)
        let bytes = try #require(frame.bytes(in: dialect, on: .webSocket, tag: EpochTag(value: 1), from: 0))
        #expect(Array(bytes.readableBytesView).suffix(message.text.count) == message.text[...])
        let event = try #require(frame.bytes(in: dialect, on: .eventStream, tag: EpochTag(value: 1), from: 0))
        #expect(String(buffer: event) == "event: x\ndata: {\"type\":\"x\",\"n\":1}\n\n")
        var t = Transcript.live(at: 4, in: dialect)
        #expect(t.session.publish(frame) == .none)
        #expect(t.output().first?["n"]?.integer == 1)
        #expect(t.session.seq == 4 && t.session.sentSeq == 4)
        // The next change follows on the one before it.
        #expect(t.session.publish(created(5)) == .none)
        #expect(t.session.seq == 5)
    }
}
