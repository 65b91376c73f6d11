import PealCore
import Testing

@testable import PealGateway

/// Changes that no frame tells: the session asks the store.
@Suite struct SessionRevisionTests {
    @Test(arguments: Dialect.allCases)
    func aRevisionIsReadFromTheStoreAndShownAsASync(dialect: Dialect) {
        var t = Transcript.live(at: 4, in: dialect)
        #expect(t.session.publish(shared(5, .revised)) == .awaitGap)
        #expect(t.summary() == [])
        t.now += 1000
        #expect(t.session.gapExpired(at: t.now) == .read(.changes(after: 4, limit: 200, isShared: true)))
        _ = t.changes(inbox(5), [.row(row(2, seq: 5, isRead: true))])
        #expect(!t.output().isEmpty)
        #expect(t.session.phase == .live && t.session.seq == 5)
    }

    @Test func laterChangesKeepTheirOrder() {
        var t = Transcript.live(at: 4)
        #expect(t.session.publish(shared(6, from: 4, .revised)) == .awaitGap)
        #expect(t.session.publish(created(7)) == .none)
        t.now += 1000
        _ = t.session.gapExpired(at: t.now)
        _ = t.changes(inbox(6), [.row(row(2, seq: 5)), .row(row(3, seq: 6))])
        #expect(t.summary() == ["sync 4→6", "notification 7"])
    }

    @Test func oneThatIsKnownAlreadyIsNothing() {
        var t = Transcript.live(at: 5)
        #expect(t.session.publish(shared(5, .revised)) == .none)
        #expect(t.session.publish(created(6)) == .none)
        #expect(t.summary() == ["notification 6"])
    }

    @Test func anEmptiedInboxIsLoadedAnew() {
        var t = Transcript.live(at: 4)
        let emptied = Inbox(seq: 5, floor: 5)
        _ = t.session.publish(
            SharedFrame(Publication(user: maria, from: 4, inbox: emptied, content: .revised), receivedAt: 0))
        t.now += 1000
        _ = t.session.gapExpired(at: t.now)
        #expect(t.changes(emptied, []) == .read(.page(limit: 50, reset: true)))
        _ = t.session.complete(.page(InboxPage(inbox: emptied, rows: [], hasMore: false), reset: true), at: t.now)
        let frame = t.output().first
        #expect(frame?["type"]?.string == "initial_load" && frame?["reset"]?.bool == true)
        #expect(frame?["notifications"]?.array == [] && frame?["seq"]?.integer == 5)
    }
}
