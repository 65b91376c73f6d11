import PealCore
import Testing

@testable import PealGateway

@Suite struct SessionTimerTests {
    @Test func pingsAndWaitsForThePong() {
        var t = Transcript(.webSocket)
        let start = t.now
        #expect(t.session.deadline == start + 54)
        #expect(t.session.advance(to: start + 53) == .none)
        #expect(t.session.advance(to: start + 54) == .ping)
        #expect(t.session.advance(to: start + 54) == .none)
        #expect(t.session.deadline == start + 60)
        t.session.heard(at: start + 55)
        #expect(t.session.advance(to: start + 60) == .none)
        #expect(t.session.deadline == start + 108)
        #expect(t.session.advance(to: start + 108) == .ping)
        #expect(t.session.advance(to: start + 115) == .close(.noPong, reason: "no pong"))
    }

    @Test func eventStreamsOnlyGetHeartbeats() {
        var t = Transcript(.eventStream)
        let start = t.now
        #expect(t.session.deadline == start + 25)
        #expect(t.session.advance(to: start + 25) == .ping)
        #expect(t.session.advance(to: start + 1000) == .ping, "nobody expects a pong")
    }

    @Test func warnsBeforeTheTokenExpiresAndClosesAfter() {
        var t = Transcript.live(at: 0)
        let start = t.now
        t.session.pingDue = .max
        t.session.setExpiry(noon + .seconds(100), at: start, time: noon)
        #expect(t.session.deadline == start + 40)
        #expect(t.session.advance(to: start + 39) == .none)
        #expect(t.summary() == [])
        #expect(t.session.advance(to: start + 40) == .none)
        let frame = t.output().first
        #expect(frame?["type"]?.string == "token_expiring")
        #expect(frame?["expires_at"]?.string == (noon + .seconds(100)).description)
        #expect(t.session.deadline == start + 105)
        #expect(t.session.advance(to: start + 104) == .none)
        #expect(t.session.advance(to: start + 105) == .close(.tokenExpired, reason: "the token has expired"))
    }

    @Test func aShortTokenIsAnnouncedAtOnce() {
        var t = Transcript.live(at: 0)
        t.session.setExpiry(noon + .seconds(10), at: t.now, time: noon)
        _ = t.session.advance(to: t.now)
        #expect(t.summary() == ["token_expiring"])
        t.session.setExpiry(nil, at: t.now, time: noon)
        #expect(t.session.advance(to: t.now + 100) == .ping)
        #expect(t.session.expiry == .max)
    }
}
