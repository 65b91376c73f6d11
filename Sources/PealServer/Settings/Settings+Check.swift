extension Settings {
    /// Secrets that stand in documents which people copy from; whoever reads those can sign tokens.
    static let knownSecrets: Set<String> = [
        "chat4all-secret-key-change-in-production", "your-256-bit-secret", "a-string-secret-at-least-256-bits-long",
        "your-super-secret-jwt-key-change-in-production", "change-me-change-me-change-me-change-me",
    ]

    /// HS256 asks for a key of at least the hash's size (RFC 7518 §3.2).
    static let minimumSecretBytes = 32
    static let minimumKeyBytes = 16

    /// What depends on more than one setting.
    func check() throws(SettingsError) {
        let (tree, http, metrics) = (Self.tree, self.http, self.metrics)
        if self.session.pongTimeout <= self.session.pingInterval {
            throw refusal(of: tree.session.pongTimeout, "must be longer than \(tree.session.pingInterval.key)")
        }
        if http.port == metrics.port, http.port != 0, http.host == metrics.host {
            throw refusal(of: tree.metrics.port, "must differ from \(tree.http.port.key)")
        }
        guard !self.dev else { return }
        if let secret = self.auth.jwt.secret {
            if Self.knownSecrets.contains(secret) {
                throw refusal(
                    of: tree.auth.jwt.secret, "stands in a public document; make one: openssl rand -base64 32")
            }
            if secret.utf8.count < Self.minimumSecretBytes {
                throw refusal(
                    of: tree.auth.jwt.secret,
                    "has \(secret.utf8.count) bytes and must have at least \(Self.minimumSecretBytes)")
            }
        }
        if let short = self.auth.apiKeys.first(where: { $0.utf8.count < Self.minimumKeyBytes }) {
            throw refusal(
                of: tree.auth.apiKeys,
                "holds a key of \(short.utf8.count) bytes; each must have at least \(Self.minimumKeyBytes)")
        }
    }

    private func refusal(of setting: any AnySetting, _ reason: String) -> SettingsError {
        SettingsError(
            setting, text: text(of: setting), origin: origin(of: setting.key), refusal: SettingRefusal(reason))
    }
}
