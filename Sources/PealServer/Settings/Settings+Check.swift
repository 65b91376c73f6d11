import PealAuth
import PealPipeline

extension Settings {
    /// What depends on more than one setting.
    func check() throws(SettingsError) {
        let (tree, http, metrics) = (Self.tree, self.http, self.metrics)
        if self.session.pongTimeout <= self.session.pingInterval {
            throw refusal(of: tree.session.pongTimeout, "must be longer than \(tree.session.pingInterval.key)")
        }
        if http.port == metrics.port, http.port != 0, http.host == metrics.host {
            throw refusal(of: tree.metrics.port, "must differ from \(tree.http.port.key)")
        }
        if (self.tls.certificate == nil) != (self.tls.key == nil) {
            let (given, absent): (any AnySetting, any AnySetting) =
                self.tls.key == nil ? (tree.tls.certificate, tree.tls.key) : (tree.tls.key, tree.tls.certificate)
            throw refusal(of: given, "needs \(absent.key) beside it")
        }
        if let base = self.delivery.baseURL, !UnsubscribeLinks.isBase(base) {
            throw refusal(of: tree.delivery.baseURL, "must be an https address, or http on this machine")
        }
        try checkListeners()
        if let channel = self.publish.channel {
            if !self.usesRedis {
                throw refusal(of: tree.publish.channel, "needs a Redis server in \(tree.bus.url.key)")
            }
            if channel == "notifications" || channel.hasPrefix("notifications:") || channel.hasPrefix("peal:") {
                throw refusal(of: tree.publish.channel, "must not be a channel that Peal itself listens to")
            }
        }
        if self.bus.url == .postgres, !isShared {
            throw refusal(of: tree.bus.url, "needs a PostgreSQL store in \(tree.store.url.key)")
        }
        guard !self.dev else { return }
        if isShared, self.auth.jwt.secret == nil, self.auth.jwt.keys.isEmpty {
            // Each node would make one for itself, and refuse the tokens of the others (RULES 22).
            throw refusal(
                of: tree.auth.jwt.secret,
                "must be set, or \(tree.auth.jwt.keys.key), where nodes share a PostgreSQL store")
        }
        if let weakness = self.auth.jwt.secret.flatMap(weakness(of:)) {
            throw refusal(of: tree.auth.jwt.secret, "is refused outside --dev: \(weakness)")
        }
        if let weakness = self.auth.apiKeys.lazy.compactMap(weakness(of:)).first {
            throw refusal(of: tree.auth.apiKeys, "is refused outside --dev, because of one key: \(weakness)")
        }
    }

    var usesRedis: Bool { if case .redis = self.bus.url { true } else { false } }

    private func checkListeners() throws(SettingsError) {
        let (tree, http, metrics) = (Self.tree, self.http, self.metrics)
        var taken = [(http.host, http.port, tree.http.port.key), (metrics.host, metrics.port, tree.metrics.port.key)]
        for listener in http.listeners {
            let host = listener.host ?? http.host
            if let other = taken.first(where: { $0.0 == host && $0.1 == listener.port }) {
                throw refusal(of: tree.http.listeners, "names port \(listener.port) a second time, after \(other.2)")
            }
            taken.append((host, listener.port, tree.http.listeners.key))
        }
    }

    private func refusal(of setting: any AnySetting, _ reason: String) -> SettingsError {
        SettingsError(
            setting, text: text(of: setting), origin: origin(of: setting.key), refusal: SettingRefusal(reason))
    }
}
