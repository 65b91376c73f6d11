import Foundation
import NIOHTTP1
import PealCore
import Testing

/// A server whose disk fills up, on a small file system of its own. Needs the right to mount one, as root or by `sudo`.
@Suite struct FullDiskTests {
    @Test(.timeLimit(.minutes(3))) func aFullDiskIsToldAndOvercome() async throws {
        let server = try ServerProcess()
        try FileManager.default.createDirectory(at: server.data, withIntermediateDirectories: true)
        try #require(try await Self.run("mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs", server.data.path))
        do {
            try await server.start()
            try await fillAndEmpty(server)
        } catch {
            await Self.end(server)
            throw error
        }
        await Self.end(server)
    }

    private func fillAndEmpty(_ server: ServerProcess) async throws {
        let ballast = server.data.appending(path: "ballast")
        try Data(count: 2 << 20).write(to: ballast)
        let key = HTTPHeaders.bearer(try await server.apiKey())
        let filler = String(repeating: "x", count: 12_000)
        let body = #"{"user_id":"maria","type":"news","metadata":{"x":"\#(filler)"}}"#
        var stored: Int64 = 0
        var refusal: HTTP.Response?
        while refusal == nil, stored < 1_000 {
            let answer = try await HTTP.post("\(server.base)/v1/notifications", body, headers: key)
            if answer.status == 201 { stored += 1 } else { refusal = answer }
        }
        #expect(refusal?.status == 503, "\(refusal?.body ?? "the disk did not fill up")")
        #expect(refusal?.headers.contains(name: "Retry-After") == true)
        let ready = try await HTTP.get("\(server.base)/health/ready")
        #expect(ready.status == 503)
        #expect(try ready.json()["reason"]?.string == "the store cannot write")
        #expect(try await HTTP.get("\(server.base)/health/live").status == 200)
        // What is there can still be read.
        let token = HTTPHeaders.bearer(try await server.token(for: "maria"))
        let counts = "\(server.base)/v1/notifications/unread-count"
        #expect(try await HTTP.get(counts, headers: token).json()["unread_count"]?.integer == stored)

        try FileManager.default.removeItem(at: ballast)
        for _ in 0..<600 where try await HTTP.get("\(server.base)/health/ready").status != 200 {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await HTTP.get("\(server.base)/health/ready").status == 200)
        #expect(try await HTTP.post("\(server.base)/v1/notifications", body, headers: key).status == 201)
        #expect(try await HTTP.get(counts, headers: token).json()["unread_count"]?.integer == stored + 1)
        #expect(await server.terminate() == 0)
    }

    private static func end(_ server: ServerProcess) async {
        await server.kill()
        _ = try? await run("umount", "-l", server.data.path)
        try? FileManager.default.removeItem(at: server.folder)
    }

    /// - Returns: whether it succeeded.
    private static func run(_ program: String, _ arguments: String...) async throws -> Bool {
        let asRoot = getuid() == 0 ? [] : ["/usr/bin/sudo", "-n"]
        let command = asRoot + ["/usr/bin/\(program)"] + arguments
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        try process.run()
        await process.ended()
        return process.terminationStatus == 0
    }
}
