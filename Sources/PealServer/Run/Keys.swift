public import PealAuth
import PealCore

/// The key that the first start makes, so that a new server can be used at once.
enum Keys {
    static func prepare(
        _ settings: Settings, in data: DataDirectory, store: any Store, clock: @Sendable () -> Timestamp
    ) async throws -> (keyring: APIKeyring, newKey: String?) {
        let made = APIKey.generate(label: "first start", scopes: Set(Scope.allCases), now: clock())
        let (key, isNew) = try data.secret("api.key") { made.plain }
        let keyring = APIKeyring(plainKeys: settings.auth.apiKeys)
        do {
            try await keyring.load(from: store)
            let digest = APIKey.digest(of: key)
            if try await !store.keys().contains(where: { $0.digest == digest }) {
                var record = made.record
                record.digest = digest
                _ = try await store.write([.addKey(record)])[0].get()
                try await keyring.load(from: store)
            }
        } catch {
            throw StartError("cannot prepare the API key: \(error)")
        }
        return (keyring, isNew ? key : nil)
    }
}

extension Settings {
    /// Signs tokens that a server with these settings takes.
    public func signer(secret: String) -> TokenSigner {
        TokenSigner(secret: secret, algorithm: self.auth.jwt.algorithm, settings: jwt)
    }

    /// The configured secret, else the one of the data directory, which the first start makes. Nil where others sign, with
    /// their own keys: what lies in a directory must not open the door beside them. The demo has to sign, though.
    func jwtSecret(in data: DataDirectory) throws(StartError) -> String? {
        if let secret = self.auth.jwt.secret { return secret }
        guard self.auth.jwt.keys.isEmpty || self.dev else { return nil }
        return try data.secret("jwt.secret", make: SecretFile.randomText).text
    }
}
