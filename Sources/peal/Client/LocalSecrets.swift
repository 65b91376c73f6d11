import Foundation
import PealAuth
import PealCore
import PealServer

/// What the command line knows because it runs where the server's data directory is.
struct LocalSecrets {
    let settings: Settings

    init(_ settings: Settings) {
        self.settings = settings
    }

    /// - Parameter dataDirectory: instead of `data.directory` of the environment.
    init(dataDirectory: String?) throws(SettingsError) {
        settings = try Settings.load(
            environment: ProcessInfo.processInfo.environment,
            arguments: dataDirectory.map { ["--data-directory", $0] } ?? [])
    }

    func token(for name: String, lifetime: Duration) throws -> String {
        guard let user = UserID(name) else {
            throw Failure(.usage, "'\(name)' is no user id: 1 to 128 bytes without control characters")
        }
        return settings.signer(secret: try signingSecret()).token(for: user, lifetime: lifetime, now: .now).token
    }

    /// `auth.jwt.secret`, else what the server made on its first start.
    func signingSecret() throws(Failure) -> String {
        guard settings.auth.jwt.secret != nil || settings.auth.jwt.keys.isEmpty else {
            throw Failure("no secret to sign with: this server takes tokens that are signed with auth.jwt.keys")
        }
        let file = settings.data.directory + "/jwt.secret"
        guard let secret = settings.auth.jwt.secret ?? Self.text(of: file) else {
            throw Failure("no secret to sign with: '\(file)' cannot be read, and auth.jwt.secret is not set")
        }
        return secret
    }

    /// The key that the server made for its own command line.
    func apiKey() throws -> String {
        let file = settings.data.directory + "/api.key"
        guard let key = Self.text(of: file) else {
            throw Failure(.notAuthorised, "no API key: give --key or PEAL_API_KEY; '\(file)' cannot be read")
        }
        return key
    }

    private static func text(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }
}

extension Timestamp {
    static var now: Self { Self(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}
