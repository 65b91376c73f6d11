import Foundation
import PealCore
import Testing

/// The places where `peal serve` can listen.
@Suite(.timeLimit(.minutes(2))) struct ListenerTests {
    @Test(arguments: ["::1", "::"])
    func overIPv6(host: String) async throws {
        let server = try ServerProcess(["--http-host", host])
        // Readiness is asked over IPv4, which `::` answers too and `::1` does not.
        try await server.start(asking: "http://[::1]:\(server.port)")
        let token = try await server.token(for: "maria")
        try await WebSocketStream.with(.port(server.port, host: "::1"), token: token) { stream in
            let load = try await stream.next(type: "initial_load")
            #expect(load != nil)
        }
        #expect(try String(contentsOf: server.log, encoding: .utf8).contains("http://[\(host)]:\(server.port)"))
        #expect(await server.terminate() == 0)
        try FileManager.default.removeItem(at: server.folder)
    }

    @Test func overAUnixSocket() async throws {
        // A short path: that of a socket has 107 bytes at most.
        let path = "/tmp/peal-\(UUID().uuidString).sock"
        let server = try ServerProcess(["--http-socket", path, "--http-socket-mode", "0600"])
        try await server.start()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let token = try await server.token(for: "maria")
        try await WebSocketStream.with(.socket(path), token: token) { stream in
            _ = try await stream.next(type: "initial_load")
            try await server.notify(#"{"user_id":"maria","type":"news"}"#)
            #expect(try await stream.next(type: "notification") != nil)
        }
        let listed = try await Program.run(
            "curl",
            [
                "-sS", "--max-time", "10", "--unix-socket", path, "-H", "Authorization: Bearer \(token)",
                "http://localhost/v1/notifications", "http://localhost/v1/sync",
            ])
        #expect(listed.text.contains(#""type":"initial_load""#) && listed.text.contains("next_cursor"))

        let second = try await PealBinary.run([
            "serve", "--http-port", "0", "--metrics-port", "0", "--store-url", "memory:", "--http-socket", path,
        ])
        #expect(second.status == 1)
        #expect(second.standardError.contains("http.socket: another process listens on '\(path)'"))

        await server.kill()
        #expect(FileManager.default.fileExists(atPath: path), "a killed server leaves its file")
        try await server.start()
        try await WebSocketStream.with(.socket(path), token: token) { stream in
            let load = try await stream.next(type: "initial_load")
            #expect(load != nil)
        }
        #expect(await server.terminate() == 0)
        #expect(!FileManager.default.fileExists(atPath: path))
        try FileManager.default.removeItem(at: server.folder)
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "f")
        try Data("mine".utf8).write(to: file)
        let output = try await PealBinary.run([
            "serve", "--http-port", "0", "--metrics-port", "0", "--store-url", "memory:", "--http-socket", file.path,
        ])
        #expect(output.status == 1)
        #expect(output.standardError.contains("is there and no socket"), "\(output.standardError)")
        #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
    }
}
