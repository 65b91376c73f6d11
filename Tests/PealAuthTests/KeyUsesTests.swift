import PealCore
import Testing

@testable import PealAuth

@Suite struct KeyUsesTests {
    private let now = Timestamp(seconds: 1_700_000_000)

    @Test func lastUsesAreKnownAtOnceAndSavedTogether() async throws {
        let store = InMemoryStore(renderer: NoRenderer(), clock: { [now] in now })
        let records = ["a", "b"].map { APIKey.generate(label: $0, scopes: [.notify], now: now).record }
        _ = await store.write(records.map { .addKey($0) })
        let keyring = APIKeyring(plainKeys: ["configured-key"])
        try await keyring.load(from: store)
        #expect(keyring.lastUse(of: records[0]) == nil)
        keyring.noteUse(of: records[0], at: now + .seconds(5))
        keyring.noteUse(of: records[0], at: now)
        keyring.noteUse(of: keyring.configuredKeys[0], at: now)
        #expect(keyring.lastUse(of: records[0]) == now + .seconds(5))
        #expect(keyring.lastUse(of: keyring.configuredKeys[0]) == now)
        #expect(try await store.keys().allSatisfy { $0.lastUsedAt == nil })
        try await keyring.saveUses(to: store)
        #expect(try await store.keys().map(\.lastUsedAt) == [now + .seconds(5), nil])
        // What another node has saved counts as well.
        var other = records[0]
        other.lastUsedAt = now + .seconds(60)
        #expect(keyring.lastUse(of: other) == now + .seconds(60))
    }

    @Test func whatCouldNotBeSavedIsSavedLater() async throws {
        let store = InMemoryStore(renderer: NoRenderer(), clock: { [now] in now })
        let record = APIKey.generate(label: "a", scopes: [.notify], now: now).record
        _ = await store.write([.addKey(record)])
        let keyring = APIKeyring(records: [record])
        keyring.noteUse(of: record, at: now)
        let closed = InMemoryStore(renderer: NoRenderer(), clock: { [now] in now })
        await closed.close()
        await #expect(throws: StoreError.self) { try await keyring.saveUses(to: closed) }
        try await keyring.saveUses(to: store)
        #expect(try await store.keys().first?.lastUsedAt == now)
    }
}

private struct NoRenderer: TextRenderer {
    func text(for subject: TextSubject) -> RenderedText { RenderedText(title: "", message: "") }
}
