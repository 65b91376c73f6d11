import Foundation
import Testing

@testable import PealServer

@Suite struct SettingsTests {
    private func file(_ text: String) throws -> String {
        let path = NSTemporaryDirectory() + "peal-\(UUID()).yaml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func refusal(
        file: String? = nil, environment: [String: String] = [:], arguments: [String] = []
    ) -> String {
        do throws(SettingsError) {
            _ = try Settings.load(file: file, environment: environment, arguments: arguments)
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test func anEmptyConfigurationIsValid() throws {
        let path = try file("# nothing\n\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let settings = try Settings.load(file: path)
        #expect(settings.http.port == 8080)
        #expect(settings.store.url == .sqlite(path: nil))
        #expect(settings.auth.jwt.secret == nil)
        #expect(settings.session.queueBytes == 262_144)
        #expect(settings.grouping.types == ["like", "comment", "reply", "follow", "mention"])
        #expect(!settings.dev)
    }

    @Test func oneRuleMakesAllNames() {
        let key = Settings.tree.auth.jwt.userClaim.key
        #expect(key.description == "auth.jwt.user-claim")
        #expect(key.flag == "--auth-jwt-user-claim")
        #expect(key.environmentName == "PEAL_AUTH_JWT_USER_CLAIM")
    }

    @Test func namesAreUnique() {
        #expect(Settings.all.count > 20)
        #expect(Set(Settings.all.map(\.key.flag)).count == Settings.all.count)
        #expect(Set(Settings.all.map(\.key.environmentName)).count == Settings.all.count)
    }

    @Test func everyDefaultIsItsOwnText() throws {
        for setting in Settings.all where !setting.defaultText.isEmpty {
            #expect(setting.text(of: try setting.parse(setting.defaultText)) == setting.defaultText, "\(setting.key)")
        }
    }

    @Test func flagsBeatEnvironmentBeatsFile() throws {
        let path = try file("http: {port: 1001, host: file.example}\nsession:\n  ping-interval: 30s\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let settings = try Settings.load(
            file: path, environment: ["PEAL_HTTP_PORT": "1002", "PEAL_METRICS_PORT": "1003"],
            arguments: ["--http-port=1004"])
        #expect(settings.http.port == 1004)
        #expect(settings.metrics.port == 1003)
        #expect(settings.http.host == "file.example")
        #expect(settings.session.pingInterval == .seconds(30))
        #expect(settings.origin(of: Settings.tree.http.port.key) == .flag("--http-port"))
        #expect(settings.origin(of: Settings.tree.http.host.key) == .file(path))
    }

    @Test func legacyNamesYieldToOurs() throws {
        let legacy = [
            "WEBSOCKET_PORT": "8085", "METRICS_PORT": "9096", "JWT_SECRET": "correct horse battery staple!",
        ]
        let settings = try Settings.load(environment: legacy.merging(["PEAL_METRICS_PORT": "1"]) { $1 })
        #expect(settings.http.port == 8085)
        #expect(settings.metrics.port == 1)
        #expect(settings.auth.jwt.secret == "correct horse battery staple!")
        #expect(settings.origin(of: Settings.tree.http.port.key) == .environment("WEBSOCKET_PORT"))
    }

    @Test func listsComeAsSequenceOrWithCommas() throws {
        let path = try file("http:\n  origins: [https://a.example, https://b.example]\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try Settings.load(file: path).http.origins == ["https://a.example", "https://b.example"])
        #expect(try Settings.load(environment: ["PEAL_GROUPING_TYPES": "a, b"]).grouping.types == ["a", "b"])
        let repeated = try Settings.load(arguments: ["--grouping-types", "a", "--grouping-types", "b,c"])
        #expect(repeated.grouping.types == ["a", "b", "c"])
    }

    @Test func togglesNeedNoValue() throws {
        #expect(try Settings.load(arguments: ["--dev"]).dev)
        #expect(try !Settings.load(environment: ["PEAL_DEV": "1"], arguments: ["--no-dev"]).dev)
        #expect(try !Settings.load(arguments: ["--auth-jwt-require-expiry", "false"]).auth.jwt.requireExpiry)
        #expect(try Settings.load(arguments: ["--dev", "--http-port", "1"]).http.port == 1)
    }

    @Test func localesHaveOneSpelling() throws {
        #expect(try Settings.load(arguments: ["--templates-locale", "pt_pt"]).templates.locale == "pt-PT")
        #expect(try Settings.load().templates.locale == "pt-BR")
        #expect(try Settings.load().templates.directory == nil)
    }

    @Test func anEmptyVariableIsUnset() throws {
        #expect(try Settings.load(environment: ["PEAL_HTTP_PORT": ""]).http.port == 8080)
    }

    @Test(arguments: [
        (["--http-port", "abc"], "http.port: 'abc' (from --http-port) must be a whole number from 0 to 65535"),
        (
            ["--session-ping-interval=5"],
            """
            session.ping-interval: '5' (from --session-ping-interval) must be a duration such as 500ms, 54s, 5m or 24h, \
            from 1s to 1h
            """
        ),
        (["--http-prot", "1"], "unknown setting '--http-prot' on the command line; did you mean '--http-port'?"),
        (["--log-format", "xml"], "log.format: 'xml' (from --log-format) must be text or json"),
        (
            ["--store-url", "mysql://u:secret@x"],
            """
            store.url: the value (from --store-url) must be sqlite: (in the data directory), sqlite:///path, \
            postgresql://[user@]host[:port]/database or memory:
            """
        ),
        (
            ["--templates-locale", "portuguese"],
            "templates.locale: 'portuguese' (from --templates-locale) must be a language tag such as pt-BR, en or es"
        ),
        (["--http-port"], "http.port: --http-port needs a value, a whole number from 0 to 65535"),
        (["stray"], "unexpected argument 'stray'"),
        (
            ["--session-pong-timeout", "10s"],
            "session.pong-timeout: '10s' (from --session-pong-timeout) must be longer than session.ping-interval"
        ),
    ])
    func aWrongFlagIsOneLine(arguments: [String], expected: String) {
        #expect(refusal(arguments: arguments) == expected)
    }

    @Test func variablesOfAServiceNamedPealAreNotMistakes() throws {
        let links = ["PEAL_PORT": "tcp://10.0.0.1:8080", "PEAL_SERVICE_HOST": "10.0.0.1", "PEAL_PORT_8080_TCP": "x"]
        _ = try Settings.load(file: nil, environment: links, arguments: [])
    }

    @Test func unknownNamesAreRefusedWithAdvice() throws {
        let path = try file("session:\n  quebytes: 1\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(refusal(file: path).hasPrefix("unknown setting 'session.quebytes' in \(path); did you mean"))
        #expect(
            refusal(environment: ["PEAL_HTTP_PROT": "1"])
                == "unknown setting 'PEAL_HTTP_PROT' in the environment; did you mean 'PEAL_HTTP_PORT'?")
        #expect(refusal(environment: ["PEAL_API_KEY": "k", "PEAL_URL": "u"]) == "accepted")
        #expect(refusal(file: "/nowhere/peal.yaml") == "cannot read the configuration file '/nowhere/peal.yaml'")
    }

    @Test func weakSecretsNeedDev() throws {
        let known = "chat4all-secret-key-change-in-production"
        let line = refusal(environment: ["JWT_SECRET": known])
        #expect(line.hasPrefix("auth.jwt.secret: the value (from JWT_SECRET) is refused outside --dev: it is known"))
        #expect(!line.contains(known))
        #expect(refusal(environment: ["PEAL_AUTH_JWT_SECRET": "short"]).contains("is shorter than"))
        #expect(refusal(arguments: ["--auth-api-keys", "pk"]).contains("one key: it is shorter"))
        #expect(refusal(environment: ["JWT_SECRET": known], arguments: ["--dev"]) == "accepted")
    }

    @Test func theReportHidesSecrets() throws {
        let secret = "correct horse battery staple correct horse"
        let settings = try Settings.load(environment: ["PEAL_AUTH_JWT_SECRET": secret])
        #expect(!settings.report.contains("horse"))
        #expect(!settings.json.contains("horse"))
        #expect(settings.report.contains("(hidden)"))
        #expect(settings.report.contains("PEAL_AUTH_JWT_SECRET"))
    }

    @Test func theReferenceIsUpToDate() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let written = try String(contentsOf: root.appendingPathComponent("docs/configuration.md"), encoding: .utf8)
        #expect(written == SettingsReference.markdown, "run: peal config --reference > docs/configuration.md")
    }
}
