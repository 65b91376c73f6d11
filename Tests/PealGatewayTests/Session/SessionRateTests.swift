import PealCore
import Testing

@testable import PealGateway

/// A client that says more than it may is read more slowly, and closed when it goes on.
@Suite struct SessionRateTests {
    private static let ping = #"{"type":"ping"}"#

    private func limited(_ change: @escaping (inout GatewaySettings) -> Void = { _ in }) -> Transcript {
        Transcript.live(at: 4, on: .webSocket) {
            $0.messageRate = 2
            $0.messageBurst = 5
            $0.floodPatience = .seconds(10)
            change(&$0)
        }
    }

    /// As a transport does it.
    private func say(_ message: String, times: Int = 1, to t: inout Transcript) {
        for _ in 0..<times where t.session.canReceive {
            t.session.heard(at: t.now)
            _ = t.receive(message)
        }
    }

    private func tick(_ t: inout Transcript) -> SessionAction {
        t.now += 1
        var last = SessionAction.none
        while true {
            let action = t.session.advance(to: t.now)
            if action == .none { return last }
            last = action
            if case .close = action { return last }
        }
    }

    @Test func withinTheBudgetNothingHappens() {
        var t = limited()
        for _ in 0..<100 {
            say(Self.ping, times: 2, to: &t)
            #expect(t.session.canReceive)
            #expect(t.output().count == 2)
            let action = tick(&t)
            #expect(action == .none || action == .ping)
        }
        #expect(t.session.takeEvents().isEmpty)
    }

    @Test func beyondItTheSocketIsReadMoreSlowly() {
        var t = limited()
        say(Self.ping, times: 100, to: &t)
        #expect(t.output().count == 5, "the burst")
        #expect(!t.session.canReceive)
        #expect(t.session.isDueAtNextTick && t.session.deadline == t.now + 1)
        #expect(t.session.takeEvents() == .exceededMessages)
        #expect(t.session.takeEvents().isEmpty, "once")
        for _ in 0..<5 {
            #expect(tick(&t) == .none)
            say(Self.ping, times: 100, to: &t)
            #expect(t.output().count == 2, "the rate")
        }
    }

    @Test func whoGoesOnIsClosed() {
        var t = limited()
        say(Self.ping, times: 100, to: &t)
        for _ in 0..<9 {
            #expect(tick(&t) == .none)
            say(Self.ping, times: 100, to: &t)
        }
        #expect(tick(&t) == .close(.rateLimited, reason: "too many messages"))
    }

    @Test func aPauseIsForgiven() {
        var t = limited()
        for _ in 0..<10 {
            say(Self.ping, times: 100, to: &t)
            for _ in 0..<3 {
                #expect(tick(&t) != .close(.rateLimited, reason: "too many messages"))
            }
            #expect(t.session.budget.exceededSince == 0, "both buckets are full again")
        }
    }

    @Test func whatWaitsIsReadWithinThePatience() {
        var t = limited { $0.floodPatience = .seconds(60) }
        var left = 100
        while left > 0 {
            while left > 0, t.session.canReceive {
                say(Self.ping, to: &t)
                left -= 1
            }
            #expect(t.output().count <= 5)
            #expect(tick(&t) != .close(.rateLimited, reason: "too many messages"))
        }
    }

    @Test(arguments: [
        (#"{"type":"ping"}"#, 1), (#"{"type":"get_unread_count"}"#, 2), (#"{"type":"list"}"#, 5),
        (#"{"type":"mark_all_read"}"#, 1), (#"{"type":"mark_all_read","up_to_seq":3}"#, 10),
        (#"{"type":"refresh_token","token":"t"}"#, 5),
        (#"{"type":"mark_read","notification_id":"\#(row(1, seq: 1).id)"}"#, 1),
        (#"{"type":"delete","notification_ids":["\#(row(1, seq: 1).id)","\#(row(2, seq: 1).id)"]}"#, 2),
        ("no command", 1),
    ])
    func whatCostsMoreCountsMore(message: String, cost: Int) {
        var t = limited { $0.messageBurst = 20 }
        say(message, to: &t)
        var left = 20 - cost
        t.session.flags.remove(.isBusy)
        while t.session.canReceive, left > -100 {
            t.session.heard(at: t.now)
            left -= 1
        }
        #expect(left == 0)
    }

    @Test func aMessageMayCostMoreThanThereIs() {
        var t = limited()
        say(#"{"type":"mark_all_read","up_to_seq":3}"#, to: &t)
        #expect(!t.session.canReceive)
        var ticks = 0
        while !t.session.canReceive, ticks < 100 {
            _ = tick(&t)
            ticks += 1
        }
        #expect(ticks == 3, "5 - 10 = -5, and 2 for each tick")
    }

    @Test func bytesCountWhateverTheyAreFramesOf() {
        var t = limited {
            $0.byteRate = 1000
            $0.maxMessageBytes = 1024
        }
        t.session.heard(bytes: 3999, at: t.now)
        #expect(t.session.canReceive)
        t.session.heard(bytes: 2, at: t.now)
        #expect(!t.session.canReceive)
        #expect(t.session.takeEvents() == .exceededBytes)
        #expect(tick(&t) == .none)
        #expect(t.session.canReceive)
        for _ in 0..<9 {
            t.session.heard(bytes: 2000, at: t.now)
            #expect(tick(&t) == .none || t.now - Transcript.start >= 10)
        }
        t.session.heard(bytes: 9000, at: t.now)
        #expect(tick(&t) == .close(.rateLimited, reason: "too many messages"))
    }

    @Test func whoIsNotReadIsNotTakenForDead() {
        var t = limited { $0.floodPatience = .seconds(1000) }
        for _ in 0..<300 {
            say(Self.ping, times: 100, to: &t)
            #expect(tick(&t) != .close(.noPong, reason: "no pong"))
        }
    }

    @Test func zeroIsNoLimit() {
        var t = limited {
            $0.messageRate = 0
            $0.byteRate = 0
        }
        t.session.heard(bytes: 1 << 30, at: t.now)
        for _ in 0..<10_000 { t.session.heard(at: t.now) }
        #expect(t.session.canReceive)
    }

    @Test func aShortTickFillsInParts() {
        var t = limited { $0.tick = .milliseconds(20) }
        say(Self.ping, times: 100, to: &t)
        _ = t.output()
        for _ in 0..<25 { #expect(tick(&t) == .none) }
        say(Self.ping, times: 100, to: &t)
        #expect(t.output().count == 1, "half a second at 2/s")
    }
}
