import PealCore
import PealSQL
import Testing

@Suite struct IdempotencyTests {
    private func key(_ key: String, caller: String = "app", fingerprint: UInt64 = 1) -> IdempotencyKey {
        IdempotencyKey(source: "http", caller: caller, key: key, fingerprint: fingerprint)
    }

    @Test(arguments: StoreDriver.allCases)
    func aRepeatedRequestGetsTheFirstAnswer(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var event = Event.plain(maria, joao, UserID(trusted: "cafe\u{301} \"😀\""))
            event.recipients[1].suppression = .preference
            let mutation = Mutation.ingest(Ingest(event: event, idempotency: key("k", fingerprint: .max)))
            let first = try await test.write(mutation)
            try await test.reopen()
            test.sink.clear()
            let second = try await test.write(mutation)
            guard case .ingest(let outcomes, false) = first else { throw UnexpectedAnswer() }
            #expect(second == .ingest(outcomes, replayed: true) && outcomes.count == 3)
            #expect(test.sink.publications.isEmpty)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func keysOfOneBatchCountToo(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let mutation = Mutation.ingest(Ingest(event: .plain(maria), idempotency: key("k")))
            let other = Mutation.ingest(Ingest(event: .plain(maria), idempotency: key("k", fingerprint: 2)))
            let results = await test.store.write([mutation, mutation, other, .ingest(Ingest(event: .plain(maria)))])
            guard case .success(.ingest(let first, false)) = results[0] else { throw UnexpectedAnswer() }
            #expect(results[1] == .success(.ingest(first, replayed: true)))
            guard case .failure(let error) = results[2] else { throw UnexpectedAnswer() }
            #expect(error.code == .idempotencyConflict)
            #expect(try await test.counts() == [2, 2])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func sourceCallerAndKeyAreKeptApart(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let keys = [
                key("k"), key("k", caller: "other"), key("pk", caller: "ap"), key("", caller: "appk"),
                key("caf\u{E9}"), key("cafe\u{301}"),
                IdempotencyKey(source: "amqp", caller: "app", key: "k", fingerprint: 1),
            ]
            for key in keys {
                let outcome = try await test.send(.plain(maria), key: key)
                #expect(outcome.kind == .created)
            }
            #expect(try await test.counts() == [keys.count, keys.count])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aKeyIsForgottenAfterADay(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.send(.plain(maria), key: key("k"))
            test.clock.advance(by: IdempotencyKey.lifetime)
            #expect(try await test.send(.plain(maria), key: key("k")).seq == 1)
            await #expect(throws: StoreError.self) { try await test.send(.plain(maria), key: key("k", fingerprint: 2)) }
            test.clock.advance(by: .milliseconds(1))
            #expect(try await test.send(.plain(maria), key: key("k", fingerprint: 2)).seq == 2)
            #expect(try await test.send(.plain(maria), key: key("k", fingerprint: 2)).seq == 2)
            // Old keys are purged beside new ones; the new ones stay.
            for index in 0..<20 { try await test.send(.plain(maria), key: key("n\(index)")) }
            test.clock.advance(by: IdempotencyKey.lifetime + .milliseconds(1))
            for index in 0..<20 { try await test.send(.plain(maria), key: key("m\(index)")) }
            #expect(try await test.store.inbox(of: maria).seq == 42)
            #expect(try await test.send(.plain(maria), key: key("m0")).seq == 23)
            #expect(try await test.send(.plain(maria), key: key("n0")).seq == 43)
        }
    }
}
