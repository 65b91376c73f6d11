import PealCore
import Testing

@testable import PealGateway

@Suite struct PresenceTests {
    private func publication(_ seq: Seq, unread: Int = 0, user: UserID = maria) -> Publication {
        var publication = shared(seq, .created(row(UInt64(seq), seq: seq)), user: user).publication
        publication.inbox = inbox(seq, unread: unread)
        return publication
    }

    private func come(_ presence: Presence, _ user: UserID = maria) {
        _ = presence.add(user, loop: 0) { _ in }
    }

    private func go(_ presence: Presence, _ user: UserID = maria) {
        presence.remove(user, loop: 0, isLastOfLoop: true) { _ in }
    }

    @Test func aHeadIsKnownFromTheFirstReadOn() {
        let presence = Presence(remembered: 1000)
        presence.learn(inbox(4), of: maria)
        #expect(presence.advance(publication(5)) == nil)
        #expect(presence.head(of: maria) == nil, "nobody is here, so that a change in between could be missed")
        come(presence)
        #expect(presence.head(of: maria) == nil)
        presence.learn(inbox(5, unread: 2), of: maria)
        #expect(presence.head(of: maria)?.inbox == inbox(5, unread: 2))
    }

    @Test func theNewestWins() {
        let presence = Presence(remembered: 1000)
        come(presence)
        #expect(presence.advance(publication(6, unread: 3))?.sessions == 1)
        presence.learn(inbox(5), of: maria)
        #expect(presence.head(of: maria)?.inbox == inbox(6, unread: 3), "the read had begun before")
        _ = presence.advance(publication(4))
        _ = presence.advance(shared(9, .unchanged(.failed(StoreError(.unavailable, "")))).publication)
        #expect(presence.head(of: maria)?.seq == 6, "a refusal says nothing about the inbox")
    }

    @Test func whoHasGoneIsRememberedAndKeptUpToDate() {
        let presence = Presence(remembered: 1000)
        come(presence)
        presence.learn(inbox(5), of: maria)
        go(presence)
        #expect(presence.entry(of: maria) == nil && presence.userCount == 0 && presence.users(limit: 9) == [])
        #expect(presence.advance(publication(6, unread: 1)) == nil, "no session, no delivery")
        #expect(presence.head(of: maria)?.inbox == inbox(6, unread: 1))
        come(presence)
        #expect(presence.userCount == 1)
        #expect(presence.entry(of: maria)?.head?.seq == 6)
    }

    @Test func whoIsRememberedIsBounded() {
        let presence = Presence(remembered: 640)
        for number in 0..<10_000 {
            let user = UserID(trusted: "user\(number)")
            come(presence, user)
            presence.learn(inbox(1), of: user)
            go(presence, user)
        }
        let kept = (0..<10_000).filter { presence.head(of: UserID(trusted: "user\($0)")) != nil }.count
        #expect(kept > 0 && kept <= 640)
        #expect(presence.userCount == 0)
    }

    @Test func nothingIsRememberedWhereChangesMayPassBy() {
        let presence = Presence()
        come(presence)
        presence.learn(inbox(5), of: maria)
        _ = presence.advance(publication(6))
        #expect(presence.head(of: maria) == nil)
    }

    @Test func afterTroubleNothingIsKnown() {
        let presence = Presence(remembered: 1000)
        come(presence)
        come(presence, ana)
        presence.learn(inbox(5), of: maria)
        presence.learn(inbox(5), of: ana)
        go(presence, ana)
        presence.forgetHeads()
        #expect(presence.head(of: maria) == nil && presence.head(of: ana) == nil)
        #expect(presence.userCount == 1)
        go(presence)
        #expect(presence.userCount == 0)
    }
}
