import PealCore
import PealSQL
import Testing

@testable import PealSQLite

/// Events on their way to the members of topics.
@Suite struct FanOutTests {
    private let news = TopicName(trusted: "news")

    private func users(_ range: Range<Int>) -> [UserID] { range.map { UserID(trusted: String($0 + 1000)) } }

    private func event(actor: String? = nil, target: String = "42", online: [UserID]? = nil) -> Event {
        Event(
            type: "post", recipients: (online ?? []).map { Event.Recipient($0) }, topic: online == nil ? news : .online,
            actor: actor.map { Actor(id: $0) }, target: Event.Target(type: "post", id: target),
            groupKey: "post:\(target)")
    }

    private func retraction(actor: String, target: String = "42", of users: [UserID] = []) -> Retraction {
        Retraction(
            type: "post", actorID: actor, target: .exactly(Event.Target(type: "post", id: target)), users: users)
    }

    @Test(arguments: StoreDriver.allCases)
    func allMembersAreToldStepByStep(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = users(0..<120)
            try await test.change(.add(news, users))
            let id = try await test.begin(event(actor: "1007"))
            #expect(test.sink.publications.isEmpty, "nobody is told before the first step")
            let begun = try #require(try await test.store.fanOut(id))
            #expect(begun.state == .running && begun.tally == FanOut.Tally() && begun.topic == news)
            #expect(try await test.store.runningFanOuts(limit: 9) == [id])
            for members in [50, 100, 120] {
                try await test.reopen()
                let step = try await test.step(id)
                #expect(step.fanOut.tally.members == members)
                #expect(step.outcomes.map(\.user) == Array(users[(members == 120 ? 100 : members - 50)..<members]))
            }
            let end = try #require(try await test.store.fanOut(id))
            #expect(end.state == .finished && end.finishedAt == test.clock.now)
            #expect(end.tally.created == 119 && end.tally.suppressed == 1, "nobody is told of their own act")
            #expect(end.event == nil && end.position == nil)
            #expect(try await test.store.runningFanOuts(limit: 9).isEmpty)
            // It is over, however often somebody goes on.
            #expect(try await test.step(id).outcomes.isEmpty)
            for user in users {
                #expect(try await test.counts(of: user) == (user.rawValue == "1007" ? [0, 0] : [1, 1]))
            }
            #expect(test.sink.publications.count == 119)
        }
    }

    /// Exactly as many members as steps hold.
    @Test(arguments: StoreDriver.allCases, [0, 1, FanOut.stepSize, FanOut.stepSize * 2])
    func itEndsWhateverTheirNumber(_ driver: StoreDriver, _ count: Int) async throws {
        try await withStore(driver) { test in
            if count > 0 { try await test.change(.add(news, users(0..<count))) }
            let end = try await test.finish(try await test.begin(event()))
            #expect(end.state == .finished && end.tally.created == count && end.tally.members == count)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whoComesLaterIsNotTold(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = users(0..<100)
            try await test.change(.add(news, users))
            let id = try await test.begin(event())
            try await test.step(id)
            test.clock.advance(by: .milliseconds(1))
            try await test.change(.add(news, self.users(200..<300)))
            try await test.change(.remove(news, [users[0], users[99]]))
            let end = try await test.finish(id)
            #expect(end.tally.created == 99 && end.tally.members == 99)
            #expect(try await test.counts(of: users[0]) == [1, 1], "who leaves keeps what they have")
            #expect(try await test.counts(of: users[99]) == [0, 0])
            #expect(try await test.counts(of: UserID(trusted: "1200")) == [0, 0])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func severalActorsMakeOneGroupForEachMember(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.change(.add(news, [maria, joao]))
            for actor in ["a", "b", "c"] { try await test.finish(try await test.begin(event(actor: actor))) }
            for user in [maria, joao] {
                #expect(try await test.list(of: user).map(\.actorCount) == [3])
                #expect(try await test.counts(of: user) == [1, 1])
            }
            #expect(try await test.store.fanOuts(after: nil, limit: 9).map(\.tally.aggregated) == [2, 2, 0])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aRepeatedRequestIsOneFanOut(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.change(.add(news, [maria]))
            let key = IdempotencyKey(source: "http", caller: "app", key: "k", fingerprint: 1)
            let first = try await test.send(event(), key: key)
            #expect(first.topic == news && first.kind == .accepted && first.notificationID == nil)
            try await test.reopen()
            #expect(try await test.send(event(), key: key) == first)
            #expect(try await test.store.fanOuts(after: nil, limit: 9).map(\.id) == [first.fanOutID])
        }
    }

    // MARK: Everyone online

    @Test(arguments: StoreDriver.allCases)
    func whoWasOnlineIsTold(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = users(0..<130)
            let id = try await test.begin(event(online: users))
            try await test.step(id)
            try await test.reopen()
            let end = try await test.finish(id)
            #expect(end.tally.created == 130 && end.topic == .online && end.state == .finished)
            for user in users { #expect(try await test.counts(of: user) == [1, 1]) }
            #expect(try test.places(of: "1129").allSatisfy { !$0.hasPrefix("fanout") })
            #expect(try await test.finish(try await test.begin(event(online: []))).state == .finished)
        }
    }

    // MARK: Later

    @Test(arguments: StoreDriver.allCases)
    func aTopicIsToldAtItsTime(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let outcomes = try await test.schedule(event(), in: 60)
            #expect(outcomes.map(\.kind) == [.scheduled] && outcomes[0].topic == news)
            let id = try #require(outcomes.first?.scheduleID)
            try await test.reopen()
            #expect(try await test.store.schedule(id)?.event == event())
            // Members of that time.
            try await test.change(.add(news, [maria]))
            test.clock.advance(by: .seconds(60))
            let fanOut = try #require(try await test.sendDue(id).first?.fanOutID)
            #expect(try await test.store.schedule(id) == nil)
            #expect(try await test.finish(fanOut).tally.created == 1)
        }
    }

    // MARK: Taking back

    @Test(arguments: StoreDriver.allCases)
    func anActIsTakenBackFromAllMembers(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = users(0..<70)
            try await test.change(.add(news, users))
            for actor in ["a", "b"] { try await test.finish(try await test.begin(event(actor: actor))) }
            try await test.finish(try await test.begin(event(actor: "a", target: "7")))
            let first = try await test.finish(try await test.retract(retraction(actor: "a"), from: news))
            #expect(first.kind == .retract && first.tally.retracted == 70 && first.tally.members == 70)
            #expect(try await test.counts(of: users[69]) == [2, 2])
            #expect(try await test.list(of: users[69]).map(\.actorCount) == [1, 1])
            try await test.finish(try await test.retract(retraction(actor: "b"), from: news))
            for user in users { #expect(try await test.counts(of: user) == [1, 1]) }
        }
    }

    /// Nobody who has not been told yet is told, and those who have are taken it back from.
    @Test(arguments: StoreDriver.allCases)
    func whatIsUnderWayIsGivenUp(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = users(0..<120)
            try await test.change(.add(news, users))
            try await test.schedule(event(actor: "a"), in: 60)
            let other = try await test.scheduleID(event(actor: "a", target: "7"), in: 60)
            let id = try await test.begin(event(actor: "a"))
            try await test.step(id)
            let retract = try await test.retract(retraction(actor: "a"), from: news)
            #expect(try await test.store.fanOut(id)?.state == .cancelled)
            #expect(try await test.waiting().map(\.id) == [other])
            #expect(try await test.finish(retract).tally.retracted == 50)
            for user in users { #expect(try await test.counts(of: user) == [0, 0]) }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aRetractionFromOneMemberHoldsBeforeTheirTurn(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.change(.add(news, [maria, joao]))
            let id = try await test.begin(event(actor: "a"))
            try await test.write(.retract(retraction(actor: "a", of: [joao])))
            let end = try await test.finish(id)
            #expect(end.tally.created == 1 && end.tally.suppressed == 1)
            #expect(try await test.counts(of: joao) == [0, 0])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func oneThatIsCancelledGoesNoFurther(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = users(0..<120)
            for event in [event(), event(online: users)] {
                try await test.change(.add(news, users))
                let id = try await test.begin(event)
                try await test.step(id)
                guard case .fanOut(let fanOut, _) = try await test.write(.fanOut(.cancel(id))) else {
                    throw UnexpectedAnswer()
                }
                #expect(fanOut.state == .cancelled && fanOut.tally.created + fanOut.tally.aggregated == 50)
                #expect(try await test.step(id).outcomes.isEmpty)
                try await test.write(.fanOut(.cancel(id)))
                #expect(try await test.store.fanOut(id) == fanOut)
                #expect(try test.places(of: "1119").allSatisfy { !$0.hasPrefix("fanout") })
            }
            let unknown = NotificationID(high: 1, low: 1)
            #expect(code(of: await test.store.write([.fanOut(.cancel(unknown))])[0]) == .notFound)
            #expect(code(of: await test.store.write([.fanOut(.step(unknown))])[0]) == .notFound)
        }
    }

    // MARK: Forgetting

    @Test(arguments: StoreDriver.allCases)
    func thoseThatAreOverAreForgotten(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<3 {
                ids.append(try await test.begin(event()))
                try await test.finish(ids[ids.count - 1])
                test.clock.advance(by: .seconds(60))
            }
            let running = try await test.begin(event())
            #expect(try await test.store.fanOuts(after: nil, limit: 2).map(\.id) == [running, ids[2]])
            #expect(try await test.store.fanOuts(after: ids[2], limit: 9).map(\.id) == [ids[1], ids[0]])
            let all = Mutation.fanOut(.forget(before: test.clock.now + .seconds(999), limit: 2))
            #expect(try await test.write(all) == .topic(changed: 2))
            #expect(try await test.write(all) == .topic(changed: 1))
            #expect(try await test.store.fanOuts(after: nil, limit: 9).map(\.id) == [running])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whoIsErasedIsInNoneAnyMore(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let eva = UserID(trusted: "eva-4711")
            var byEva = event(actor: eva.rawValue)
            byEva.actor?.name = "Eva Quixote"
            try await test.change(.add(news, [maria]))
            let id = try await test.begin(byEva)
            let online = try await test.begin(event(actor: "a", online: [eva, joao]))
            let erasure = try await test.erase(eva)
            #expect(try await test.store.fanOut(id)?.event?.actor == Actor(id: erasure.alias, name: "Alguém"))
            try await test.finish(id)
            #expect(try await test.list().first?.actors.map(\.id) == [erasure.alias])
            // Being erased, they get nothing from before; once it is over, nobody knows that they were there.
            try await test.finish(online)
            #expect(try await test.counts(of: joao) == [1, 1])
            #expect(try test.places(of: "Quixote").isEmpty)
        }
    }

    // MARK: Trouble

    /// Neither left out nor doubled: what a step told and where it stands are one transaction.
    @Test func aStepThatIsRolledBackChangedNothing() async throws {
        try await withDirectory { directory in
            let users = users(0..<60)
            let id = try await directory.withStore { store async throws -> NotificationID in
                _ = try await store.write([.topic(.add(news, users))])[0].get()
                let answer = try await store.write([.ingest(Ingest(event: event()))])[0].get()
                guard case .ingest(let outcomes, _) = answer else { throw UnexpectedAnswer() }
                return try #require(outcomes.first?.fanOutID)
            }
            try directory.execute("CREATE TRIGGER fault BEFORE UPDATE ON fanouts BEGIN SELECT raise(FAIL, 'no'); END")
            try await directory.withStore { store async throws in
                let result = await store.write([.fanOut(.step(id))])[0]
                #expect(throws: StoreError.self) { try result.get() }
                #expect(try await store.inbox(of: users[0]) == Inbox())
            }
            try directory.execute("DROP TRIGGER fault")
            try await directory.withStore { store async throws in
                for _ in 0..<3 { _ = try await store.write([.fanOut(.step(id))])[0].get() }
                for user in users { #expect(try await store.inbox(of: user).seq == 1) }
            }
        }
    }
}

extension TestStore {
    /// Accepts an event for a topic.
    func begin(_ event: Event) async throws -> NotificationID {
        try #require(try await send(event).fanOutID)
    }

    func retract(_ retraction: Retraction, from topic: TopicName) async throws -> NotificationID {
        guard case .fanOut(let fanOut, _) = try await write(.fanOut(.retract(retraction, topic: topic))) else {
            throw UnexpectedAnswer()
        }
        return fanOut.id
    }

    @discardableResult
    func step(_ id: NotificationID) async throws -> (fanOut: FanOut, outcomes: [Outcome]) {
        guard case .fanOut(let fanOut, let outcomes) = try await write(.fanOut(.step(id))) else {
            throw UnexpectedAnswer()
        }
        return (fanOut, outcomes)
    }

    /// As the worker would.
    @discardableResult
    func finish(_ id: NotificationID) async throws -> FanOut {
        for _ in 0..<1000 {
            let fanOut = try await step(id).fanOut
            if fanOut.state != .running { return fanOut }
        }
        throw UnexpectedAnswer()
    }
}
