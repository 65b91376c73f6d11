import PealCore
import Testing

@testable import PealAuth

@Suite struct APIKeyTests {
    let now = Timestamp(seconds: 1_700_000_000)

    @Test func generatedKeyIsFoundByItsText() throws {
        let (plain, record) = APIKey.generate(label: "backend", scopes: [.notify], now: now)
        #expect(plain.hasPrefix("pk_"))
        #expect(plain.utf8.count == 46)
        #expect(record.label == "backend")
        #expect(record.digest.count == 32)
        let keyring = APIKeyring(records: [record])
        #expect(keyring.lookup(plain) == record)
        #expect(keyring.lookup(plain + "x") == nil)
        #expect(keyring.lookup("") == nil)
    }

    @Test func generatedKeysDiffer() {
        let keys = (0..<100).map { _ in APIKey.generate(label: "", scopes: [], now: now) }
        #expect(Set(keys.map(\.plain)).count == 100)
        #expect(Set(keys.map(\.record.id)).count == 100)
    }

    @Test func revokedKeysAreNotFound() {
        var (plain, record) = APIKey.generate(label: "", scopes: [.admin], now: now)
        let keyring = APIKeyring(records: [record])
        #expect(!keyring.isEmpty)
        record.revokedAt = now
        keyring.replace(with: [record])
        #expect(keyring.lookup(plain) == nil)
        #expect(keyring.isEmpty)
    }

    @Test func configuredKeysHaveEveryScopeAndStay() throws {
        let keyring = APIKeyring(plainKeys: ["bootstrap-key"])
        keyring.replace(with: [])
        let record = try #require(keyring.lookup("bootstrap-key"))
        #expect(Scope.allCases.allSatisfy(record.allows))
        #expect(record.id == APIKeyring(plainKeys: ["bootstrap-key"]).lookup("bootstrap-key")?.id)
    }

    @Test func storedKeysAreLoaded() async throws {
        let store = InMemoryStore(renderer: PlainRenderer(), clock: { [now] in now })
        let (plain, record) = APIKey.generate(label: "", scopes: [.read], now: now)
        _ = await store.write([.addKey(record)])
        let keyring = APIKeyring()
        try await keyring.load(from: store)
        #expect(keyring.lookup(plain)?.id == record.id)
    }

    @Test func scopesAreSeparate() {
        let record = APIKey.generate(label: "", scopes: [.notify, .actAs], now: now).record
        #expect(record.allows(.notify))
        #expect(record.allows(.actAs))
        #expect(!record.allows(.read))
        #expect(!record.allows(.admin))
    }
}

@Suite struct WeaknessTests {
    @Test(arguments: [
        "", "secret", "SECRET", "changeme", "fifteen-bytes-x", "chat4all-secret-key-change-in-production",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "your-256-bit-secret",
    ])
    func weakSecretsAreNamed(secret: String) {
        #expect(weakness(of: secret) != nil)
    }

    @Test func strongSecretsPass() {
        #expect(weakness(of: "kJ2nQ8vX5rT1wZ7yB4mL9pC3") == nil)
    }
}

@Suite struct Base64URLTests {
    @Test func decodingUndoesEncoding() {
        var generator = SystemRandomNumberGenerator()
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(Base64URL.decode(Array(Base64URL.encode(bytes).utf8)) == bytes)
        }
    }

    @Test(arguments: ["A", "AB", "AAB", "AA=", "AA==", "A A", "+w", "_w=", "ééé"])
    func otherSpellingsAreRefused(text: String) {
        #expect(Base64URL.decode(Array(text.utf8)) == nil)
    }
}

private struct PlainRenderer: TextRenderer {
    func text(for subject: TextSubject) -> RenderedText { RenderedText(title: subject.type, message: subject.type) }
}
