import NIOCore
import PealCore
import Testing

@testable import PealGateway

/// A reader that is too slow (promise 5, RULES 10, 11).
@Suite struct SessionOverflowTests {
    @Test func framesOfOneNotificationCollapse() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(created(5))
        for seq in 6...20 {
            _ = t.session.publish(shared(Seq(seq), .aggregated(row(5, seq: Seq(seq), message: "\(seq)"))))
        }
        let frames = t.output()
        #expect(frames.count == 1)
        #expect(frames.first?["from"]?.integer == 4)
        #expect(frames.first?["data"]?["message"]?.string == "20")
    }

    @Test func whatStandsBetweenTakesOverTheFrom() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(created(5))
        _ = t.session.publish(created(6))
        _ = t.session.publish(shared(7, .aggregated(row(5, seq: 7))))
        _ = t.session.publish(created(8))
        _ = t.session.publish(shared(9, .aggregated(row(6, seq: 9))))
        #expect(t.summary() == ["notification 4→7", "notification 8", "notification 9"])
    }

    @Test func aPartialUpdateDoesNotReplaceTheWholeRow() {
        var t = Transcript.live(at: 4)
        _ = t.session.publish(created(5))
        _ = t.session.publish(shared(6, .updated(.read, [row(5, seq: 6, isRead: true)])))
        _ = t.session.publish(shared(7, .updated(.unread, [row(5, seq: 7)])))
        #expect(t.summary() == ["notification 5", "notification_update 5→7"])
    }

    @Test func overflowDropsChangesAndThenSyncsOnce() {
        var t = Transcript.live(at: 4) { $0.queueBytes = 4000 }
        for seq in 5...40 { _ = t.session.publish(created(Seq(seq))) }
        #expect(t.session.phase == .behind)
        #expect(t.session.flags.contains(.overflowed))
        #expect(t.summary() == [])
        #expect(t.session.seq == 4)
        #expect(t.session.drained(at: t.now) == .read(.changes(after: 4, limit: 200, isShared: true)))
        _ = t.session.publish(created(41))
        _ = t.changes(inbox(40), [.row(row(40, seq: 40))])
        #expect(t.summary() == ["sync 4→40", "notification 41"])
    }

    @Test func whatHasLeftIsNotSentAgain() {
        var t = Transcript.live(at: 4) { $0.queueBytes = 4000 }
        _ = t.session.publish(created(5))
        _ = t.session.publish(created(6))
        #expect(t.session.next() != nil, "the channel took the first frame")
        for seq in 7...40 { _ = t.session.publish(created(Seq(seq))) }
        #expect(t.session.drained(at: t.now) == .read(.changes(after: 5, limit: 200, isShared: true)))
    }

    @Test func repliesSurviveAnOverflowAndStandBehindTheSync() {
        var t = Transcript.live(at: 4) { $0.queueBytes = 4000 }
        _ = t.receive(#"{"type":"mark_all_read","id":1}"#)
        _ = t.receive(#"{"type":"ping","id":2}"#)
        _ = t.session.publish(created(5))
        _ = t.session.publish(t.answer(6, .marked(.readAll, upTo: 5, count: 1)))
        for seq in 7...40 { _ = t.session.publish(created(Seq(seq))) }
        #expect(t.summary() == ["pong"], "what has no place in the order goes at once")
        #expect(t.session.drained(at: t.now) == .read(.changes(after: 4, limit: 200, isShared: true)))
        _ = t.changes(inbox(40), [.row(row(40, seq: 40))])
        #expect(t.summary() == ["sync 4→40", "marked_all_read 5→6"])
    }

    @Test func anOverflowWhileTheStoreIsReadLeadsToASecondSync() {
        var t = Transcript { $0.queueBytes = 4000 }
        _ = t.session.start(since: .beginning, limit: 50)
        for seq in 1...40 { _ = t.session.publish(created(Seq(seq))) }
        let page = InboxPage(inbox: inbox(10), rows: [], hasMore: false)
        #expect(
            t.session.complete(.page(page, reset: false), at: t.now)
                == .read(.changes(after: 10, limit: 200, isShared: true)))
        _ = t.changes(inbox(40), [.row(row(40, seq: 40))])
        #expect(t.summary() == ["initial_load 10", "sync 10→40"])
        #expect(t.session.phase == .live)
    }

    @Test func aBulkChangeThatIsTooLargeComesInPages() {
        var t = Transcript.live(at: 0) { $0.queueBytes = 4000 }
        let rows = (1...10).map { row(UInt64($0), seq: Seq($0)) }
        _ = t.session.publish(shared(10, from: 0, .updated(.read, rows)))
        #expect(t.summary() == [])
        #expect(t.session.drained(at: t.now) == .read(.changes(after: 0, limit: 200, isShared: true)))
    }

    @Test func theSocketIsNotReadAboveHalfOfTheQueue() {
        var t = Transcript.live(at: 4, on: .webSocket) { $0.queueBytes = 4000 }
        #expect(t.session.canReceive)
        for seq in 5...8 { _ = t.session.publish(created(Seq(seq), message: String(repeating: "x", count: 400))) }
        #expect(!t.session.canReceive)
        #expect(t.session.phase == .live)
        t.now += 500
        _ = t.session.advance(to: t.now)
        #expect(t.session.lastHeard == t.now, "its no-pong clock stands still")
        _ = t.output()
        #expect(t.session.canReceive)
    }

    @Test func randomLoadKeepsTheOrderOfChanges() {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var t = Transcript.live(at: 0) { $0.queueBytes = 6000 }
            var head: Seq = 0
            var seen: Seq = 0
            func check(_ frames: [JSON]) {
                for frame in frames {
                    guard let seq = frame["seq"]?.integer else { continue }
                    let from = frame["from"]?.integer ?? seq - 1
                    #expect(from <= seen, "seed \(seed): a gap before \(frame)")
                    #expect(seq > seen || frame["type"]?.string == "sync", "seed \(seed): again \(seq)")
                    seen = max(seen, seq)
                }
            }
            for _ in 0..<200 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: check(t.output())
                case 1:
                    if let frame = t.session.next(), let json = try? JSON.parse(frame.bytes.readableBytesView) {
                        check([json])
                    }
                case 2: head += 1
                default:
                    head += 1
                    let number = UInt64.random(in: 1...5, using: &random)
                    _ = t.session.publish(shared(head, .aggregated(row(number, seq: head))))
                }
                t.now += 1
                guard t.session.phase == .gapped || t.session.phase == .behind else { continue }
                check(t.output())
                let action = t.session.phase == .gapped ? t.session.gapExpired(at: t.now) : t.session.drained(at: t.now)
                guard case .read(.changes(let after, _, _)) = action else { continue }
                _ = t.changes(inbox(head), after < head ? [.row(row(9, seq: head))] : [])
            }
            check(t.output())
        }
    }
}
