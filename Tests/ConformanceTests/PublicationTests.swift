import PealCore
import PealSQL
import Synchronization
import Testing

@Suite struct PublicationTests {
    @Test(arguments: StoreDriver.allCases)
    func eachChangeIsPublishedOnceInOrder(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try await test.send(.like(maria, by: "a")).notificationID
            try await test.send(.like(maria, by: "b"))
            try await test.apply(.read, to: id)
            try await test.apply(.read, to: id)
            try await test.mark(.readAll)
            try await test.send(.plain(maria, joao))
            try await test.mark(.readAll)
            let publications = test.sink.publications
            #expect(publications.map(\.user) == [maria, maria, maria, maria, joao, maria])
            #expect(publications.filter { $0.user == maria }.map(\.from) == [0, 1, 2, 3, 4])
            #expect(publications.filter { $0.user == maria }.map(\.seq) == [1, 2, 3, 4, 5])
            guard case .aggregated(let row) = publications[1].content,
                case .updated(.read, let rows) = publications[2].content,
                case .marked(.readAll, upTo: 4, count: 1) = publications[5].content
            else { throw UnexpectedAnswer() }
            #expect(row.actorCount == 2 && rows.map(\.seq) == [3])
            var counters = try #require(publications.last { $0.user == maria }?.inbox)
            // Who asks for the counters alone need not be told when the marks were made.
            counters.readTimes = try await test.store.inbox(of: maria).readTimes
            #expect(try await test.store.inbox(of: maria) == counters)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func commandsCarryTheirOrigin(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try #require(try await test.send(.plain(maria)).notificationID)
            test.sink.clear()
            let origin = CommandOrigin(session: 7, requestID: "\"a\"")
            for kind in [
                InboxCommand.Kind.rows(.read, [id]), .rows(.read, [id]), .mark(.seenAll, upTo: nil),
                .rows(.read, [id, NotificationID(high: 0, low: 1)]),
            ] {
                test.store.submit(InboxCommand(user: maria, kind: kind, origin: origin))
                // A store may take commands of different callers in any order; these are one session's.
                _ = try await test.sink.wait(for: test.sink.publications.count)
            }
            let publications = try await test.sink.wait(for: 4)
            try #require(publications.count == 4)
            #expect(publications.allSatisfy { $0.origin == origin && $0.user == maria })
            let kinds = publications.map { publication -> String in
                switch publication.content {
                case .updated(.read, let rows): "read \(rows.count)"
                case .unchanged(.rows(.read, let ids)): "unchanged \(ids.count)"
                case .unchanged(.mark(.seenAll)): "unchanged mark"
                case .unchanged(.failed(let error)): "\(error.code)"
                default: "other"
                }
            }
            #expect(kinds.sorted() == ["notFound", "read 1", "unchanged 1", "unchanged mark"])
            if driver == .sqlite { #expect(kinds.last == "notFound") }
            #expect(publications.last?.from == 2)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aChangeIsPublishedBeforeItIsAnswered(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            for count in 1...50 {
                try await test.send(.plain(maria))
                #expect(test.sink.publications.count == count)
            }
        }
    }

    /// Many writers at once: the publications of each user are a chain without gap or repetition, and their order is the
    /// order in which a reader could see them.
    @Test(arguments: StoreDriver.allCases)
    func manyWritersLeaveNoGap(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = (0..<5).map { UserID(trusted: "user\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        for step in 0..<25 {
                            let user = users[(writer + step) % users.count]
                            switch step % 5 {
                            case 0, 1: try await test.send(.plain(user))
                            case 2: try await test.send(.like(user, by: "\(writer)"))
                            case 3: try await test.mark(.seenAll, of: user)
                            default:
                                guard let id = try await test.list(.unread, of: user).last?.id else { continue }
                                try await test.apply(.read, to: id, of: user)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for user in users {
                var head: Seq = 0
                for publication in test.sink.publications where publication.user == user {
                    #expect(publication.from == head)
                    head = publication.seq
                }
                let inbox = try await test.store.inbox(of: user)
                #expect(inbox.seq == head)
                _ = try await test.counts(of: user)
                let seqs = try await test.changes(of: user).map(\.seq)
                #expect(Set(seqs).count == seqs.count)
            }
        }
    }

    /// A batch of one caller may be large; its answers keep its order, and a refusal fails nobody else.
    @Test(arguments: StoreDriver.allCases)
    func aLargeBatchIsAnsweredInOrder(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var mutations: [Mutation] = []
            for index in 0..<3000 {
                let isWrong = index % 7 == 3
                let missing = InboxCommand(user: maria, kind: .rows(.read, [NotificationID(high: 0, low: 1)]))
                mutations.append(isWrong ? .inbox(missing) : .ingest(Ingest(event: .plain(maria, type: "\(index)"))))
            }
            async let other = test.send(.plain(joao))
            let results = await test.store.write(mutations)
            #expect(try await other.seq == 1)
            var seq: Seq = 0
            for (index, result) in results.enumerated() {
                if index % 7 == 3 {
                    #expect(throws: StoreError.self) { try result.get() }
                } else {
                    seq += 1
                    guard case .ingest(let outcomes, _) = try result.get() else { throw UnexpectedAnswer() }
                    #expect(outcomes.map(\.seq) == [seq])
                }
            }
            #expect(try await test.store.inbox(of: maria).seq == seq)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func cancellingACallerCancelsNothing(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await test.send(.plain(maria))
            }
            let outcome = try await task.value
            #expect(outcome.kind == .created)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aClosedStoreRefuses(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(.plain(maria))
            await test.store.close()
            await test.store.close()
            let results = await test.store.write([.ingest(Ingest(event: .plain(maria)))])
            guard case .failure(let error) = results.first else { throw UnexpectedAnswer() }
            #expect(error.code == .closed)
            await #expect(throws: StoreError(.closed, "the store is closed")) { try await test.store.inbox(of: maria) }
        }
    }
}

@Suite struct PeopleTests {
    @Test(arguments: StoreDriver.allCases)
    func aProfileNamesActorsAndChoosesTheLanguage(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(.like(maria, by: "joao"))
            #expect(try await test.store.profile(of: maria) == nil)
            try await test.write(.profile(UserProfile(user: joao, name: "João")))
            try await test.write(
                .profile(UserProfile(user: maria, email: "m@example.org", locale: "pt-BR", timezone: "UTC")))
            try await test.send(.like(maria, by: "joao", target: "1"))
            let row = try #require(try await test.list().first)
            #expect(row.title == "like pt-BR" && row.message == "João of 1")
            try await test.write(.profile(UserProfile(user: joao, name: "J.")))
            try await test.reopen()
            try await test.send(.like(maria, by: "joao", target: "2"))
            #expect(try await test.list().first?.message == "J. of 1")
            #expect(try await test.store.profile(of: maria)?.timezone == "UTC")
            #expect(try await test.store.inbox(of: joao) == Inbox())
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func keysAreKeptAndRevoked(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let first = APIKeyRecord(
                id: "k1", digest: [0, 1, 255], label: "a \"b\"", scopes: ["publish", "act-as"],
                createdAt: test.clock.now)
            var second = APIKeyRecord(id: "k2", digest: [], label: "", scopes: [], createdAt: test.clock.now)
            try await test.write(.addKey(first))
            try await test.write(.addKey(second))
            test.clock.advance(by: .seconds(5))
            try await test.write(.revokeKey(id: "k2"))
            second.revokedAt = test.clock.now
            await #expect(throws: StoreError(.notFound, "no API key k3")) { try await test.write(.revokeKey(id: "k3")) }
            try await test.reopen()
            #expect(try await test.store.keys() == [first, second])
        }
    }
}
