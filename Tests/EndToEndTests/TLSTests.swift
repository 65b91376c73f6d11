import Foundation
import PealCore
import Testing

/// `peal serve` with a certificate, as curl and browsers meet it.
@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    private func curl(_ server: ServerProcess, _ arguments: [String]) async throws -> Program.Output {
        try await Program.run(
            "curl", ["-sS", "--max-time", "10", "--cacert", server.certificate?.certificate ?? ""] + arguments)
    }

    @Test(arguments: ["1.1", "2"])
    func theWholeAPIOverEachVersion(version: String) async throws {
        try await ServerProcess.with(certificate: try await CertificateFiles()) { server in
            let token = try await server.token(for: "maria")
            let common = ["--http\(version)", "-H", "Authorization: Bearer \(token)"]
            let key = try await server.apiKey()
            let posted = try await curl(
                server,
                [
                    "--http\(version)", "-w", "\n%{http_version} %{http_code}", "-H", "Authorization: Bearer \(key)",
                    "-d", #"{"user_id":"maria","type":"news","message":"hello"}"#, "\(server.base)/v1/notifications",
                ])
            #expect(posted.text.hasSuffix("\n\(version) 201"), "\(posted.text)")
            let list = try await curl(server, common + ["-i", "\(server.base)/v1/notifications"])
            #expect(list.text.contains(#""message":"hello""#), "\(list.text)")
            #expect(list.text.lowercased().contains("strict-transport-security: max-age="))
            #expect(list.text.lowercased().contains("vary: authorization, origin"))
            let large = String(repeating: "x", count: 2_000_000)
            let file = server.folder.appending(path: "large")
            try Data(large.utf8).write(to: file)
            let refused = try await curl(
                server,
                [
                    "--http\(version)", "-w", " %{http_code}", "-H", "Authorization: Bearer \(key)",
                    "--data-binary", "@\(file.path)", "\(server.base)/v1/notifications",
                ])
            #expect(refused.text.contains("body_too_large") && refused.text.hasSuffix(" 413"), "\(refused.text)")

            let start = try await curl(server, common + ["\(server.base)/v1/sync"])
            let cursor = try JSON.parse(start.text.utf8)["cursor"]?.string ?? ""
            async let poll = curl(server, common + ["\(server.base)/v1/sync?since=\(cursor)&wait=8"])
            async let stream = curl(server, common + ["-N", "--max-time", "4", "\(server.base)/sse/notifications"])
            try await Task.sleep(for: .seconds(1))
            _ = try await curl(
                server,
                [
                    "-H", "Authorization: Bearer \(key)", "-d", #"{"user_id":"maria","type":"news","message":"live"}"#,
                    "\(server.base)/v1/notifications",
                ])
            #expect(try await poll.text.contains(#""message":"live""#))
            let events = ServerSentEvents.parse(try await stream.text)
            #expect(events.map(\.event) == ["initial_load", "notification"])
        }
    }

    @Test func aWebSocketWhileTheCertificateIsRenewed() async throws {
        let files = try await CertificateFiles()
        try await ServerProcess.with(certificate: files) { server in
            let token = try await server.token(for: "maria")
            let key = try await server.apiKey()
            let process = try #require(await server.processID)
            let ready = ["-o", "/dev/null", "-w", "%{http_code}", "\(server.base)/health/ready"]
            try await WebSocketStream.with(.secure(server.port, try files.client()), token: token) { stream in
                _ = try await stream.next(type: "initial_load")
                try await files.renew()
                #expect(try await curl(server, ready).status != 0, "the old one is shown until the signal")
                kill(process, SIGHUP)
                #expect(try await eventually { try await curl(server, ready).text == "200" })

                try Data("nonsense".utf8).write(to: URL(filePath: files.key))
                kill(process, SIGHUP)
                let log = server.log
                #expect(
                    try await eventually {
                        try String(contentsOf: log, encoding: .utf8).contains("no private key in PEM")
                    })
                #expect(try await curl(server, ready).text == "200")
                _ = try await curl(
                    server,
                    [
                        "-H", "Authorization: Bearer \(key)", "-d", #"{"user_id":"maria","type":"news"}"#,
                        "\(server.base)/v1/notifications",
                    ])
                #expect(try await stream.next(type: "notification") != nil, "the session has gone on")
            }
            let text = try String(contentsOf: server.log, encoding: .utf8)
            #expect(text.contains("Certificate reloaded"))
            #expect(text.contains("https://127.0.0.1:\(server.port)"), "\(text)")
        }
    }

    @Test func theCommandLineOverTLS() async throws {
        try await ServerProcess.with(certificate: try await CertificateFiles()) { server in
            let common = ["--url", server.base, "--data-directory", server.data.path, "--user", "maria"]
            let trusting = common + ["--ca-file", server.certificate?.certificate ?? ""]
            let sent = try await PealBinary.run(["send", "--type", "news", "--message", "hello"] + trusting)
            #expect(sent.status == 0, "\(sent.standardError)")
            let heard = try await PealBinary.run(["listen", "--json", "--count", "1"] + trusting)
            #expect(heard.status == 0, "\(heard.standardError)")
            #expect(heard.standardOutput.contains(#""message":"hello""#), "\(heard.standardOutput)")
            let distrustful = try await PealBinary.run(["send", "--type", "news"] + common)
            #expect(distrustful.status != 0, "the system does not trust this certificate")
        }
    }

    @Test func aCertificateThatCannotBeUsedIsOneClearLine() async throws {
        let files = try await CertificateFiles()
        let other = try await CertificateFiles()
        let ports = ["--http-port", "0", "--metrics-port", "0", "--store-url", "memory:"]
        for (arguments, status, text) in [
            (["--tls-certificate", files.certificate], 2, "tls.certificate"), (["--tls-key", files.key], 2, "tls.key"),
            (["--tls-certificate", "/nowhere.pem", "--tls-key", files.key], 1, "/nowhere.pem"),
            (["--tls-certificate", files.certificate, "--tls-key", other.key], 1, "is not the key of"),
        ] as [([String], Int32, String)] {
            let output = try await PealBinary.run(["serve"] + ports + arguments)
            #expect(output.status == status)
            let lines = output.standardError.split(separator: "\n")
            #expect(lines.count == 1, "\(output.standardError)")
            #expect(lines.first?.contains(text) == true, "\(output.standardError)")
        }
    }
}

/// Waits until something holds, at most ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<200 {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(50))
    }
    return false
}
