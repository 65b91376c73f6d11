import PealCore
import PealPipeline
import PealSQL
import Testing

/// Random steps of erasures between random events and commands: the counts stay exact, no seq comes twice, and in the end
/// nobody is named who asked not to be.
@Suite struct ErasePropertyTests {
    @Test(arguments: StoreDriver.allCases)
    func erasuresMixWithEverythingElse(_ driver: StoreDriver) async throws {
        let random = SeededGenerator.fromEnvironment()
        print("\(driver): PEAL_SEED=\(random.seed)")
        try await withStore(driver) { test in
            var run = EraseRun(test: test, random: random)
            for step in 1...600 {
                try await run.step()
                if step.isMultiple(of: 200) { try await test.reopen() }
            }
            try await run.finish()
        }
    }
}

private struct EraseRun {
    let test: TestStore
    var random: SeededGenerator
    let users = ["user-a", "user-b", "user-c", "user-d"].map(UserID.init(trusted:))
    /// Names shown since the user was last erased.
    var generation: [UserID: Int] = [:]

    init(test: TestStore, random: SeededGenerator) {
        self.test = test
        self.random = random
    }

    private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    private mutating func anybody() -> UserID { users[Int.random(in: 0..<users.count, using: &random)] }

    mutating func step() async throws {
        let user = anybody()
        switch Int.random(in: 0..<10, using: &random) {
        case 0: try await test.mark(Mark.allCases[Int.random(in: 0...1, using: &random)], of: user)
        case 1:
            guard let row = try await test.list(of: user).randomElement(using: &random) else { return }
            let operation = RowOperation.allCases[Int.random(in: 0..<RowOperation.allCases.count, using: &random)]
            try await test.apply(operation, to: row.id, of: user)
        case 2 where chance(3): try await begin(user)
        case 3: try await proceed()
        default: try await send(to: user)
        }
        for user in users { _ = try await test.counts(of: user) }
    }

    private mutating func send(to user: UserID) async throws {
        let actor = anybody()
        var event = Event.plain(
            user, type: chance(2) ? "like" : "news", actor: actor.rawValue,
            group: chance(2) ? nil : "g\(Int.random(in: 0...1, using: &random))")
        event.actor?.name = "Name \(actor) \(generation[actor] ?? 0)"
        if chance(4) { event.message = "\(event.actor?.displayName ?? "") wrote" }
        let key = IdempotencyKey(
            source: "http", caller: "k", key: "\(UInt64.random(in: .min ... .max, using: &random))", fingerprint: 1)
        try await test.send(event, key: chance(3) ? key : nil)
    }

    private mutating func begin(_ user: UserID) async throws {
        _ = try await test.erase(.begin(user, alias: "erased-\(UInt32.random(in: .min ... .max, using: &random))"))
        generation[user, default: 0] += 1
        #expect(try await test.list(of: user).isEmpty)
        #expect(try await test.counts(of: user) == [0, 0])
    }

    /// One step of some erasure, with limits so small that others come between.
    private mutating func proceed() async throws {
        guard let open = try await test.store.erasures().randomElement(using: &random) else { return }
        if chance(2) {
            _ = try await test.erase(.purge(open.user, limit: 3))
        } else {
            let traces = try await test.store.traces(of: open, limit: 2)
            _ = try await test.erase(.anonymise(open.user, round: open.round, traces))
        }
    }

    /// Everybody at once.
    mutating func finish() async throws {
        for user in users { try await begin(user) }
        await Eraser(store: test.store).finishAll()
        #expect(try await test.store.erasures().isEmpty)
        for user in users {
            #expect(try await test.changes(of: user).isEmpty)
            #expect(try test.places(of: "Name \(user)") == [])
            #expect(try test.places(of: user.rawValue).allSatisfy { $0.hasPrefix("inboxes.user") })
            var head: Seq = 0
            for publication in test.sink.publications where publication.user == user {
                #expect(publication.from == head && publication.seq > head)
                head = publication.seq
            }
            #expect(try await test.store.inbox(of: user).seq == head)
        }
    }
}
