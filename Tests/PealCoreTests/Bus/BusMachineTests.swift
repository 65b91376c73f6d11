import PealCore
import Testing

@Suite struct BusInterestsTests {
    private let maria = UserID(trusted: "maria")
    private let joao = UserID(trusted: "joao")
    private let start = ContinuousClock.now

    private func left(_ interests: inout BusInterests, _ now: ContinuousClock.Instant) -> [UserID] {
        interests.takeLeaving(limit: 10, at: now)
    }

    private func joined(_ interests: inout BusInterests) -> [UserID] { interests.takeJoining(limit: 10) }

    @Test func aChannelOutlivesTheLastSessionForAWhile() {
        var interests = BusInterests(lingering: .seconds(30))
        let areNew = [interests.join(maria), interests.join(joao)]
        #expect(areNew == [true, true])
        #expect(interests.takeJoining(limit: 10) == [maria, joao])
        interests.leave(maria, at: start)
        #expect(left(&interests, start + .seconds(29)) == [])
        #expect(left(&interests, start + .seconds(30)) == [maria])
        #expect(interests.count == 1)
        let isNew = interests.join(maria)
        #expect(isNew, "it is to be subscribed to anew")
    }

    @Test func whoComesBackKeepsTheChannel() {
        var interests = BusInterests(lingering: .seconds(30))
        _ = interests.join(maria)
        _ = interests.takeJoining(limit: 10)
        interests.leave(maria, at: start)
        let isNew = interests.join(maria)
        #expect(!isNew)
        #expect(left(&interests, start + .seconds(60)) == [])
        interests.leave(maria, at: start + .seconds(50))
        #expect(left(&interests, start + .seconds(60)) == [], "the later time counts")
        #expect(left(&interests, start + .seconds(80)) == [maria])
    }

    @Test func whoHasGoneBeforeTheSubscriptionIsNotUnsubscribed() {
        var interests = BusInterests(lingering: .zero)
        _ = interests.join(maria)
        interests.leave(maria, at: start)
        #expect(left(&interests, start) == [])
        #expect(joined(&interests) == [])
        #expect(interests.count == 0)
    }

    @Test func afterALossAllAreSubscribedToAgainInParts() {
        var interests = BusInterests(lingering: .seconds(30))
        let users = (0..<25).map { UserID(trusted: "u\($0)") }
        for user in users { _ = interests.join(user) }
        _ = interests.takeJoining(limit: 100)
        interests.reset()
        var again: [UserID] = []
        while case let part = interests.takeJoining(limit: 10), !part.isEmpty {
            #expect(part.count <= 10)
            again += part
        }
        #expect(again.sorted() == users.sorted())
    }
}

@Suite struct BusOutboxTests {
    private func change(_ user: String, _ seq: Seq) -> Publication {
        Publication(
            user: UserID(trusted: user), from: seq - 1, inbox: Inbox(seq: seq),
            content: .marked(.readAll, upTo: seq, count: 0))
    }

    private func typing(_ user: String) -> Publication {
        Publication(
            user: UserID(trusted: user), from: 0, inbox: Inbox(),
            content: .typing(TopicName(trusted: "t"), UserID(trusted: "x"), isTyping: true))
    }

    /// Nil for everybody.
    private func lostUsers(_ outbox: inout BusOutbox) -> [String]? { outbox.takeLost()?.map(\.user.rawValue) }

    private func sent(_ outbox: inout BusOutbox) -> [String] { outbox.take(limit: 9).map(\.user.rawValue) }

    @Test func whatCannotBeSentIsRememberedByUser() {
        var outbox = BusOutbox(limit: 2)
        let waits = outbox.add([change("a", 1), typing("b")])
        #expect(!waits, "nobody can be told yet")
        outbox.isOpen = true
        #expect(lostUsers(&outbox) == ["a"], "typing is now or never")
        let hasMore = outbox.add([change("a", 2), change("b", 1), change("c", 1)])
        #expect(hasMore)
        #expect(sent(&outbox) == ["a", "b"])
        #expect(lostUsers(&outbox) == ["c"], "there was no room")
        _ = outbox.add([change("a", 3)])
        outbox.close()
        outbox.fail([change("a", 2)])
        let lost = outbox.takeLost() ?? []
        #expect(lost.count == 1)
        guard case .revised = lost[0].content else { return #expect(Bool(false)) }
        #expect(sent(&outbox) == [])
        #expect(lostUsers(&outbox) == [])
    }

    @Test func tooManyMeansEverybody() {
        var outbox = BusOutbox(limit: 0, lostLimit: 3)
        _ = outbox.add((0..<5).map { change("u\($0)", 1) })
        #expect(lostUsers(&outbox) == nil)
        #expect(lostUsers(&outbox) == [])
    }
}
