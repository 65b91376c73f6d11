import Foundation
import PealCore
import Testing

/// The command line against a real server.
@Suite struct CommandLineTests {
    @Test func whatIsSentIsHeard() async throws {
        try await ServerProcess.with { server in
            async let heard = PealBinary.run([
                "listen", "--user", "maria", "--url", server.base, "--data-directory", server.data.path,
                "--count", "1", "--no-color",
            ])
            try await Task.sleep(for: .milliseconds(700))
            let sent = try await PealBinary.run([
                "send", "--user", "maria", "--type", "like", "--actor", "joao", "--actor-name", "João",
                "--target", "post/42", "--url", server.base, "--data-directory", server.data.path,
            ])
            #expect(sent.status == 0, "\(sent.standardError)")
            let output = try await heard
            #expect(output.status == 0, "\(output.standardError)")
            #expect(output.standardOutput.contains("João curtiu seu post"), "\(output.standardOutput)")
        }
    }

    @Test func aWrongKeyAndAMissingServerHaveExitCodesOfTheirOwn() async throws {
        try await ServerProcess.with { server in
            let refused = try await PealBinary.run([
                "send", "--user", "maria", "--type", "x", "--message", "hi", "--url", server.base, "--key", "pk_wrong",
            ])
            #expect(refused.status == 77, "\(refused.standardError)")
        }
        let missing = try await PealBinary.run([
            "send", "--user", "maria", "--type", "x", "--message", "hi", "--key", "pk_x",
            "--url", "http://127.0.0.1:\(try FreePort.next())",
        ])
        #expect(missing.status == 69, "\(missing.standardError)")
    }

    @Test(arguments: [
        "serve", "send", "listen", "token", "revoke", "keys", "templates check", "templates preview", "config",
        "version", "bench", "bench all", "bench idle", "bench fanout", "bench latency", "bench ingest", "bench storm",
        "bench hostile", "bench soak",
    ])
    func everySubcommandExplainsItself(name: String) async throws {
        let output = try await PealBinary.run(name.split(separator: " ").map(String.init) + ["--help"])
        #expect(output.status == 0)
        #expect(output.standardOutput.contains("USAGE"))
        let examples = try #require(output.standardOutput.firstRange(of: "EXAMPLE"), "\(output.standardOutput)")
        #expect(output.standardOutput[examples.upperBound...].contains("  peal \(name)"), "\(output.standardOutput)")
    }
}
