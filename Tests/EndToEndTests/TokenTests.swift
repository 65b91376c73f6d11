import Foundation
import NIOCore
import NIOHTTP1
import PealCore
import Testing

/// Whom a server believes, and for how long.
@Suite struct TokenTests {
    private func status(_ server: ServerProcess, _ token: String) async throws -> Int {
        try await HTTP.get("\(server.base)/v1/notifications", headers: .bearer(token)).status
    }

    private func expect(
        _ status: Int, code: String? = nil, _ server: ServerProcess, _ token: String,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await HTTP.get("\(server.base)/v1/notifications", headers: .bearer(token))
        #expect(answer.status == status, sourceLocation: location)
        if let code { #expect(try answer.json()["code"]?.string == code, sourceLocation: location) }
    }

    @Test func tokensOfAnotherIssuerAreVerifiedWithItsPublishedKeys() async throws {
        let issuer = ForeignIssuer(kid: "k1")
        try await DocumentServer.with(#"{"keys":[\#(issuer.jwk)]}"#) { place in
            let url = "http://127.0.0.1:\(place.port)/jwks.json"
            let arguments = ["--auth-jwt-keys", url, "--auth-jwt-audience", "peal", "--auth-jwt-issuer", "https://us"]
            try await ServerProcess.with(arguments) { server in
                let extra = #","iss":"https://us","aud":"peal""#
                let token = try issuer.token(for: "maria", extra: extra)
                try await expect(200, server, token)
                try await WebSocketStream.with(port: server.port, token: token) { stream in
                    let first = try await stream.next(type: "initial_load")
                    #expect(first != nil)
                }
                try await expect(401, server, issuer.token(for: "maria", extra: #","iss":"https://us""#))
                let expired = try issuer.token(for: "m", lifetime: -60, extra: extra)
                try await expect(401, code: "token_expired", server, expired)
                try await expect(401, server, ForeignIssuer(kid: "k1").token(for: "m", extra: extra))
                // Looking for this one has to wait for half a minute.
                let unknown = try ForeignIssuer(kid: "k2").token(for: "m", extra: extra)
                try await expect(503, code: "keys_unavailable", server, unknown)
                #expect(place.requests == 1)
                let output = try await PealBinary.run(
                    ["token", "--user", "maria", "--data-directory", server.data.path] + arguments)
                #expect(output.status != 0 && output.standardError.contains("auth.jwt.keys"))
            }
        }
    }

    @Test func aFileOfKeysMustBeThere() async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "idp.pem")
        let serve = ["serve", "--http-port", "0", "--metrics-port", "0", "--store-url", "memory:", "--auth-jwt-keys"]
        for text in [nil, "no key"] {
            try text?.write(to: file, atomically: true, encoding: .utf8)
            let output = try await PealBinary.run(serve + [file.path])
            #expect(output.status == 1)
            #expect(output.standardError.split(separator: "\n").count == 1, "\(output.standardError)")
            #expect(output.standardError.contains("auth.jwt.keys: '\(file.path)'"), "\(output.standardError)")
        }
        #expect(try await PealBinary.run(serve + ["http://idp.example/keys"]).status == 2)
        let issuer = ForeignIssuer(kid: "k")
        try issuer.pem.write(to: file, atomically: true, encoding: .utf8)
        try await ServerProcess.with(["--auth-jwt-keys", file.path]) { server in
            try await expect(200, server, issuer.token(for: "maria"))
        }
    }

    @Test func aRevokedUserIsSentAwayAndStaysAway() async throws {
        let server = try ServerProcess()
        try await server.start()
        let token = try await server.token(for: "maria")
        let other = try await server.token(for: "ana")
        try await WebSocketStream.with(port: server.port, token: token) { stream in
            _ = try await stream.next(type: "initial_load")
            // The token was issued in a second that has begun; the revocation is later.
            let answer = try await HTTP.post(
                "\(server.base)/v1/users/maria/revoke", headers: .bearer(try await server.apiKey()))
            #expect(answer.status == 200, "\(answer.body)")
            var code: Int?
            while let message = try await stream.next() {
                if case .close(let sent, _) = message { code = sent }
            }
            #expect(code == 4500)
        }
        await #expect(throws: WebSocketStream.Refused.self) {
            try await WebSocketStream.with(port: server.port, token: token) { _ in }
        }
        await server.kill()
        try await server.start()
        try await expect(403, code: "user_revoked", server, token)
        try await expect(200, server, other)
        let stream = try await HTTP.get("\(server.base)/v1/sse", headers: .bearer(token))
        #expect(stream.status == 403)
        // A second later there are tokens that are newer.
        var status = 403
        for _ in 0..<100 where status == 403 {
            status = try await self.status(server, server.token(for: "maria"))
        }
        #expect(status == 200)
        await server.terminate()
        try FileManager.default.removeItem(at: server.folder)
    }

    @Test func aTokenThatIsRevokedAloneStaysSo() async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let issuer = ForeignIssuer(kid: "k")
        let file = folder.appending(path: "idp.pem")
        try issuer.pem.write(to: file, atomically: true, encoding: .utf8)
        let server = try ServerProcess(["--auth-jwt-keys", file.path])
        try await server.start()
        let (lost, other) = (
            try issuer.token(for: "maria", extra: #","jti":"t1""#),
            try issuer.token(for: "maria", extra: #","jti":"t2""#)
        )
        try await WebSocketStream.with(port: server.port, token: lost) { stream in
            _ = try await stream.next(type: "initial_load")
            let answer = try await HTTP.post(
                "\(server.base)/v1/users/maria/revoke", #"{"jti":"t1"}"#, headers: .bearer(try await server.apiKey()))
            #expect(answer.status == 200, "\(answer.body)")
            let (_, code) = try await end(of: &stream)
            #expect(code == 4500)
        }
        for isRestarted in [false, true] {
            if isRestarted {
                await server.kill()
                try await server.start()
            }
            try await expect(401, code: "token_revoked", server, lost)
            try await expect(200, server, other)
            do {
                try await WebSocketStream.with(port: server.port, token: lost) { _ in }
                Issue.record("a session was let in")
            } catch let refused as WebSocketStream.Refused {
                #expect(refused.head.hasPrefix("HTTP/1.1 401"))
            }
            try await WebSocketStream.with(port: server.port, token: other) { stream in
                let load = try await stream.next(type: "initial_load")
                #expect(load != nil)
            }
        }
        await server.terminate()
        try FileManager.default.removeItem(at: server.folder)
    }

    @Test func tokensAreRevokedOnTheCommandLine() async throws {
        try await ServerProcess.with { server in
            let user = "a b/ç%2F?"
            let token = try await server.token(for: user)
            try await expect(200, server, token)
            let access = ["--url", server.base, "--data-directory", server.data.path]
            let output = try await PealBinary.run(["revoke", "--user", user] + access)
            #expect(output.status == 0 && output.standardOutput.contains("revoked  \(user)"), "\(output.standardError)")
            try await expect(403, code: "user_revoked", server, token)
            let one = try await PealBinary.run(["revoke", "--user", "ana", "--token-id", "t"] + access)
            #expect(one.standardOutput == "revoked  ana  token t\n", "\(one.standardError)")
            let refused = try await PealBinary.run(["revoke", "--user", "ana", "--key", "pk_x", "--url", server.base])
            #expect(refused.status == 77)
        }
    }

    /// Reads a WebSocket to its end: the types of its frames, and the code.
    private func end(of stream: inout WebSocketStream) async throws -> ([String], Int?) {
        var types: [String] = []
        while let message = try await stream.next() {
            switch message {
            case .text(let text): types.append(try JSON.parse(text.utf8)["type"]?.string ?? "")
            case .close(let code, _): return (types, code)
            case .ping: try await stream.pong()
            case .pong: break
            }
        }
        return (types, nil)
    }

    @Test func aSessionIsWarnedThenClosedUnlessItGetsANewToken() async throws {
        let arguments = [
            "--session-expiry-warning", "10s", "--session-expiry-grace", "0s", "--auth-jwt-leeway", "0s",
        ]
        try await ServerProcess.with(arguments) { server in
            let short = try await server.token(for: "maria", "--expires", "8s")
            let long = try await server.token(for: "maria")
            let path = "/v1/sse"
            async let events = ServerSentEvents.first(
                10, port: server.port, path: path, token: short, within: .seconds(30))
            try await WebSocketStream.with(port: server.port, token: short) { stream in
                let warning = try #require(try await stream.next(type: "token_expiring"))
                #expect(warning["expires_at"]?.string != nil)
                try await stream.send(#"{"type":"refresh_token","token":"\#(long)","id":7}"#)
                let reply = try #require(try await stream.next(type: "token_refreshed"))
                #expect(reply["id"]?.integer == 7)
                // Another one lets its token end; this one goes on.
                let (types, code) = try await WebSocketStream.with(port: server.port, token: short) {
                    try await end(of: &$0)
                }
                #expect(types == ["initial_load", "token_expiring"])
                #expect(code == 4001)
                try await server.notify(#"{"user_id":"maria","type":"news","message":"x"}"#)
                #expect(try await stream.next(type: "notification") != nil)
            }
            let types = try await events
            // Its turn may come after that notification.
            let told = types.map(\.event).filter { $0 != "ping" && $0 != "notification" }
            #expect(told == ["initial_load", "token_expiring", "close"])
            #expect(types.last?.data.contains(#""code":4001"#) == true)
            // Timers turn once a second, so the token may have a moment left.
            var status = 200
            for _ in 0..<200 where status == 200 {
                status = try await self.status(server, short)
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(status == 401)
        }
    }

    @Test func noTokenIsEverLogged() async throws {
        try await ServerProcess.with(["--log-level", "trace", "--auth-cookie", "session"]) { server in
            let good = try await server.token(for: "maria")
            let bad = try ForeignIssuer(kid: "x").token(for: "maria")
            let key = "pk_" + String(repeating: "k", count: 43)
            for token in [good, bad, key] {
                for headers: HTTPHeaders in [
                    .bearer(token), ["Cookie": "session=\(token)", "Origin": server.base], ["X-Token": token],
                ] {
                    for path in ["/v1/notifications", "/v1/sync?wait=0", "/v1/tickets", "/nowhere"] {
                        _ = try await HTTP.get(server.base + path, headers: headers)
                        _ = try await HTTP.post(server.base + path, headers: headers)
                    }
                }
                for path in ["/v1/notifications", "/v1/sync", "/ws/notifications", "/nowhere"] {
                    _ = try await HTTP.get("\(server.base)\(path)?wait=0&token=\(token)")
                }
                try? await WebSocketStream.with(port: server.port, token: token) { _ in }
                let offer = "Sec-WebSocket-Protocol: peal.v1, peal.bearer.\(token)\r\n"
                try? await WebSocketStream.with(port: server.port, token: token, headers: offer) { stream in
                    _ = try await stream.next(type: "initial_load")
                    try await stream.send(#"{"type":"refresh_token","token":"\#(bad)"}"#)
                    _ = try await stream.next(type: "error")
                    try await stream.send(#"{"type":"\#(good)","token":["\#(good)"]}"#)
                    _ = try await stream.next(type: "error")
                }
            }
            await server.terminate()
            let log = try String(contentsOf: server.log, encoding: .utf8)
            #expect(log.contains("Authentication failed") && log.contains("User connected"))
            for token in [good, bad] {
                for part in token.split(separator: ".") where part.count > 30 { #expect(!log.contains(part)) }
            }
            #expect(!log.contains(key))
        }
    }
}
