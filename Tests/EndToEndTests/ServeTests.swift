import Foundation
import NIOHTTP1
import PealCore
import Testing

/// `peal serve` as an operator meets it.
@Suite struct ServeTests {
    @Test func theFirstStartMakesSecretsThatOnlyTheOwnerReads() async throws {
        let server = try ServerProcess()
        try await server.start()
        let first = try String(contentsOf: server.log, encoding: .utf8)
        let key = try await server.apiKey()
        #expect(key.hasPrefix("pk_"))
        #expect(first.contains(key), "the first start prints the key:\n\(first)")
        for file in ["jwt.secret", "api.key"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: server.data.appending(path: file).path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(file)")
        }
        #expect(await server.terminate() == 0)

        try Data().write(to: server.log)
        try await server.start()
        let second = try String(contentsOf: server.log, encoding: .utf8)
        #expect(!second.contains(key), "the key is printed once only")
        #expect(await server.terminate() == 0)
        try FileManager.default.removeItem(at: server.folder)
    }

    @Test func metricsHaveTheirNamesFromTheFirstScrape() async throws {
        try await ServerProcess.with { server in
            let token = try await server.token(for: "maria")
            let url = "http://127.0.0.1:\(server.metricsPort)/metrics"
            let before = try await HTTP.get(url).body.split(separator: "\n")
            #expect(before.contains("websocket_connections_active 0"))
            #expect(before.contains("notifications_sent_total 0"))
            #expect(before.contains { $0.hasPrefix("connection_errors_total") })
            try await WebSocketStream.with(port: server.port, token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                try await server.notify(#"{"user_id":"maria","type":"news","message":"x"}"#)
                _ = try await stream.next(type: "notification")
                let during = try await HTTP.get(url).body.split(separator: "\n")
                #expect(during.contains("websocket_connections_active 1"))
                #expect(during.contains("notifications_sent_total 1"))
            }
        }
    }

    @Test func theBannerOfADevelopersServerLeadsToTheDemo() async throws {
        try await ServerProcess.with(["--dev"]) { server in
            let banner = try String(contentsOf: server.log, encoding: .utf8)
            let link = try #require(
                banner.split(whereSeparator: \.isWhitespace).first { $0.hasSuffix("/demo") }, "\(banner)")
            #expect(link == "\(server.base)/demo")
            let page = try await HTTP.get(String(link))
            #expect(page.status == 200 && page.headers.first(name: "Content-Type")?.hasPrefix("text/html") == true)
            // The people on it are signed in by the server.
            let session = try await HTTP.post("\(server.base)/demo/session", #"{"user_id":"maria"}"#)
            #expect(session.status == 200, "\(session.body)")
        }
        try await ServerProcess.with { server in
            let banner = try String(contentsOf: server.log, encoding: .utf8)
            #expect(!banner.contains("/demo"), "only with --dev")
        }
    }

    @Test(arguments: [
        (["serve", "--http-port", "many"], "http.port"),
        (["serve", "--store-url", "mysql://x"], "store.url"),
        (["serve", "--session-ping-interval", "soon"], "session.ping-interval"),
        (["serve", "--auth-jwt-secret", "chat4all-secret-key-change-in-production"], "auth.jwt.secret"),
    ])
    func aWrongSettingIsOneClearLine(arguments: [String], key: String) async throws {
        let output = try await PealBinary.run(arguments)
        #expect(output.status == 2)
        let lines = output.standardError.split(separator: "\n")
        #expect(lines.count == 1, "\(output.standardError)")
        #expect(lines.first?.contains(key) == true, "\(output.standardError)")
    }

    @Test func theConfigurationHidesItsSecrets() async throws {
        let output = try await PealBinary.run(
            ["config", "--auth-jwt-secret", "a-secret-of-more-than-32-bytes-0123456789"],
            environment: ["PEAL_HTTP_PORT": "9999"])
        #expect(output.status == 0)
        #expect(output.standardOutput.contains("9999"))
        #expect(output.standardOutput.contains("PEAL_HTTP_PORT"), "it says where a value came from")
        #expect(!output.standardOutput.contains("a-secret-of"))
    }

    @Test func aSecondServerOnTheSameDataIsRefused() async throws {
        try await ServerProcess.with { server in
            let output = try await PealBinary.run([
                "serve", "--http-port", "\(try FreePort.next())", "--metrics-port", "\(try FreePort.next())",
                "--data-directory", server.data.path,
            ])
            #expect(output.status != 0)
            #expect(output.standardError.contains(server.data.path), "\(output.standardError)")
        }
    }

    @Test func aBusyPortIsOneClearLine() async throws {
        try await ServerProcess.with { server in
            let output = try await PealBinary.run([
                "serve", "--http-port", "\(server.port)", "--metrics-port", "\(try FreePort.next())",
                "--store-url", "memory:",
            ])
            #expect(output.status == 1)
            #expect(output.standardError.contains("\(server.port)"), "\(output.standardError)")
        }
    }

    @Test func terminationClosesSessionsWithAReconnectDelayAndExitsWithZero() async throws {
        let server = try ServerProcess(["--drain-delay", "0s", "--drain-duration", "200ms"])
        try await server.start()
        let token = try await server.token(for: "maria")
        try await WebSocketStream.with(port: server.port, token: token) { stream in
            _ = try await stream.next(type: "initial_load")
            async let status = server.terminate()
            var close: (code: Int, reason: String)?
            while let message = try await stream.next() {
                if case .close(let code, let reason) = message { close = (code, reason) }
            }
            #expect(close?.code == 1001)
            #expect(try JSON.parse((close?.reason ?? "").utf8)["reconnect_after_ms"]?.integer != nil)
            #expect(await status == 0)
        }
        try FileManager.default.removeItem(at: server.folder)
    }
}

extension ServerProcess {
    /// Posts one event with the server's own key; the answer must be 201.
    @discardableResult
    func notify(_ event: String, idempotencyKey: String? = nil) async throws -> JSON {
        var headers = HTTPHeaders.bearer(try apiKey())
        if let idempotencyKey { headers.add(name: "Idempotency-Key", value: idempotencyKey) }
        let response = try await HTTP.post("\(base)/v1/notifications", event, headers: headers)
        try #require(response.status == 201, "\(response.body)")
        return try response.json()
    }
}
