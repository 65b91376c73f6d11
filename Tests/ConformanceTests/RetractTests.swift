import PealCore
import PealSQL
import Testing

/// What was done and taken back (RULES 12).
@Suite struct RetractTests {
    private func unlike(_ actor: String, _ users: UserID..., target: String = "42") -> Retraction {
        Retraction(
            type: "like", actorID: actor, target: .exactly(Event.Target(type: "post", id: target)), users: users)
    }

    private func like(_ actor: String, target: String = "42", at time: Timestamp? = nil) -> Event {
        Event(
            type: "like", recipients: [Event.Recipient(maria)], actor: Actor(id: actor, name: actor.uppercased()),
            target: Event.Target(type: "post", id: target), occurredAt: time, groupKey: "like:\(target)")
    }

    private func retract(_ retraction: Retraction, in test: TestStore) async throws -> [RetractedRow] {
        guard case .retracted(let rows) = try await test.write(.retract(retraction)) else { throw UnexpectedAnswer() }
        return rows
    }

    @Test(arguments: StoreDriver.allCases)
    func anActorLeavesTheGroup(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for actor in ["a", "b", "c", "d", "e"] { try await test.send(like(actor)) }
            let id = try #require(try await test.list().first?.id)
            #expect(
                try await retract(unlike("b", maria), in: test) == [
                    RetractedRow(user: maria, id: id, seq: 6, isRemoved: false)
                ])
            let row = try await test.row(id)
            #expect(row.actorCount == 4 && row.actors.map(\.id) == ["e", "d", "c"])
            #expect(row.message == "E,D,C of 4" && row.seq == 6)
            // The sample is filled up from those behind it, with their names.
            _ = try await retract(unlike("d", maria), in: test)
            _ = try await retract(unlike("e", maria), in: test)
            #expect(try await test.row(id).actors == [Actor(id: "c", name: "C"), Actor(id: "a", name: "A")])
            #expect(try await test.row(id).message == "C,A of 2")
            #expect(try await test.counts() == [1, 1])
            // Who comes back is the newest, and counts once.
            try await test.send(like("b"))
            try await test.send(like("a"))
            #expect(try await test.row(id).actors.map(\.id) == ["a", "b", "c"])
            #expect(try await test.row(id).actorCount == 3)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func theLastOneOutRemovesTheRow(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(like("a"))
            let id = try #require(try await test.send(like("b")).notificationID)
            _ = try await retract(unlike("a", maria), in: test)
            #expect(try await test.counts() == [1, 1])
            #expect(
                try await retract(unlike("b", maria), in: test) == [
                    RetractedRow(user: maria, id: id, seq: 4, isRemoved: true)
                ])
            #expect(try await test.counts() == [0, 0])
            #expect(try await test.list().isEmpty)
            guard case .row(let tombstone)? = try await test.changes(after: 3).first else { throw UnexpectedAnswer() }
            #expect(tombstone.id == id && tombstone.standing == .deleted)
            guard case .updated(.retract, let rows)? = test.sink.publications.last?.content else {
                throw UnexpectedAnswer()
            }
            #expect(rows.map(\.id) == [id])
            // Nothing is left that could be taken back, and the next like is a new notification.
            #expect(try await retract(unlike("b", maria), in: test).isEmpty)
            #expect(try await test.send(like("b")).kind == .created)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func everyRetainedGroupIsConcernedAndNothingBecomesUnread(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(like("a"))
            let read = try #require(try await test.send(like("b")).notificationID)
            try await test.mark(.readAll)
            let open = try #require(try await test.send(like("a")).notificationID)
            try await test.send(like("a", target: "43"))
            let rows = try await retract(unlike("a", maria), in: test)
            #expect(Set(rows.map(\.id)) == [read, open] && rows.map(\.isRemoved) == [false, true])
            let old = try await test.row(read)
            #expect(old.isRead && old.actorCount == 1)
            #expect(try await test.counts() == [1, 1])
            #expect(try await test.list().count == 2)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func anotherActThanTheOneThatWasTakenBackStays(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(like("a"))
            try await test.send(.plain(maria, type: "like", actor: "a"))
            try await test.send(.plain(maria, type: "comment", actor: "a"))
            for retraction in [
                unlike("b", maria), unlike("a", joao), unlike("a", maria, target: "4"),
                Retraction(type: "lik", actorID: "a", target: .any, users: [maria]),
            ] {
                #expect(try await retract(retraction, in: test).isEmpty)
            }
            #expect(try await test.counts() == [3, 3])
            // One is followed as a user, whatever the event called its target.
            let rows = try await retract(
                Retraction(type: "like", actorID: "a", target: .any, users: [maria]), in: test)
            #expect(rows.count == 2)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func anEventThatItsRetractionHasOvertakenIsSuppressed(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let liked = test.clock.now
            test.clock.advance(by: .seconds(1))
            #expect(try await retract(unlike("a", maria), in: test).isEmpty)
            try await test.reopen()
            #expect(try await test.send(like("a", at: liked)).suppression == .retracted)
            #expect(try await test.send(like("b", at: liked)).kind == .created)
            test.clock.advance(by: .seconds(1))
            // Liked again since.
            #expect(try await test.send(like("a", at: test.clock.now)).kind == .aggregated)
            test.clock.advance(by: .seconds(86_400))
            #expect(try await test.send(like("a", target: "1", at: liked)).kind == .created)
        }
    }

    /// Of a text of one's own only the newest is kept, so it goes with its author.
    @Test(arguments: StoreDriver.allCases)
    func ownTextGoesWithItsAuthor(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for actor in ["a", "b"] {
                var event = like(actor)
                event.message = "from \(actor)"
                try await test.send(event)
            }
            let id = try #require(try await test.list().first?.id)
            _ = try await retract(unlike("b", maria), in: test)
            #expect(try await test.row(id).message == "A of 1")
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func allActorsOfAGroupCanBeListed(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for number in 1...40 { try await test.send(like("p\(number)")) }
            try await test.send(like("p7"))
            let id = try #require(try await test.list().first?.id)
            let first = try await test.store.actors(of: id, user: maria, offset: 0, limit: 3)
            #expect(first.actors.map(\.id) == ["p7", "p40", "p39"] && first.count == 40 && first.hasMore)
            let last = try await test.store.actors(of: id, user: maria, offset: 38, limit: 3)
            #expect(last.actors == [Actor(id: "p2", name: "P2"), Actor(id: "p1", name: "P1")] && !last.hasMore)
            await #expect(throws: StoreError.self) {
                try await test.store.actors(of: id, user: joao, offset: 0, limit: 3)
            }
        }
    }

    /// Many writers, few actors, likes and unlikes: the count is that of those who like it in the end.
    @Test(arguments: StoreDriver.allCases)
    func concurrentLikesAndUnlikesEndExact(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        for round in 0..<10 {
                            let actor = "w\(writer)-\(round)"
                            _ = await test.store.write([.ingest(Ingest(event: like(actor)))])
                            guard round.isMultiple(of: 2) else { continue }
                            _ = await test.store.write([.retract(unlike(actor, maria))])
                        }
                    }
                }
            }
            let total = try await test.list().reduce(0) { $0 + $1.actorCount }
            #expect(total == 80)
            _ = try await test.counts()
        }
    }
}
