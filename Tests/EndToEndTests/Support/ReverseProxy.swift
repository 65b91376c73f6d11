import Foundation
import Testing

/// A real nginx or HAProxy in front of a server, with the configuration that `docs/examples` gives to operators.
struct ReverseProxy: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case nginx, haproxy
    }

    let kind: Kind
    let port: Int
    let folder: URL
    /// What it has logged.
    let log: URL

    /// - Parameter socket: the server's Unix socket, to be used instead of its port.
    static func with<Value>(
        _ kind: Kind, before server: ServerProcess, socket: String? = nil, _ body: (ReverseProxy) async throws -> Value
    ) async throws -> Value {
        let proxy = try ReverseProxy(kind, before: server, socket: socket)
        let process = try proxy.start()
        defer { try? FileManager.default.removeItem(at: proxy.folder) }
        do {
            try #require(try await proxy.answers(process), "\(proxy.output)")
            let value = try await body(proxy)
            await stop(process)
            return value
        } catch {
            await stop(process)
            throw error
        }
    }

    private static func stop(_ process: Process) async {
        process.terminate()
        await process.ended()
    }

    private init(_ kind: Kind, before server: ServerProcess, socket: String?) throws {
        self.kind = kind
        port = try FreePort.next()
        folder = try temporaryFolder()
        log = kind == .nginx ? folder.appending(path: "access.log") : folder.appending(path: "output")
        let name = kind == .nginx ? "nginx.conf" : "haproxy.cfg"
        let example = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/examples/\(name)")
        var text = try String(contentsOf: example, encoding: .utf8)
        for (old, new) in replacements(server, socket: socket) {
            try #require(text.contains(old), "\(name) does not hold '\(old)' any more")
            text = text.replacingOccurrences(of: old, with: new)
        }
        try Data(text.utf8).write(to: folder.appending(path: "configuration"))
    }

    /// Ports and places; everything else is as in the example.
    private func replacements(_ server: ServerProcess, socket: String?) -> [(String, String)] {
        let place =
            socket.map { kind == .nginx ? "unix:\($0)" : "unix@\($0)" } ?? "127.0.0.1:\(server.port)"
        switch kind {
        case .nginx:
            let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
                "    \($0)_temp_path \(folder.path)/\($0);\n"
            }
            return [
                ("listen 80;", "listen 127.0.0.1:\(port);"), ("127.0.0.1:8080", place),
                // One process, so that it is known which connections it keeps.
                ("worker_processes auto;", "worker_processes 1;\ndaemon off;"),
                ("/var/log/nginx/peal.log", log.path), ("/var/log/nginx/error.log", "\(folder.path)/error.log"),
                ("/run/nginx.pid", "\(folder.path)/pid"), ("http {\n", "http {\n\(places.joined())"),
            ]
        case .haproxy:
            return [("bind :80\n", "bind 127.0.0.1:\(port)\n"), ("127.0.0.1:8080", place)]
        }
    }

    private func start() throws -> Process {
        let configuration = folder.appending(path: "configuration").path
        let arguments =
            switch kind {
            case .nginx: ["-c", configuration, "-p", folder.path, "-e", "\(folder.path)/error.log"]
            case .haproxy: ["-db", "-f", configuration]
            }
        return try Program.start(kind.rawValue, arguments, output: folder.appending(path: "output"))
    }

    private func answers(_ process: Process) async throws -> Bool {
        try await eventually {
            guard process.isRunning else { return false }
            return (try? await HTTP.get("http://127.0.0.1:\(port)/health/ready"))?.status == 200
        }
    }

    var output: String { (try? String(contentsOf: folder.appending(path: "output"), encoding: .utf8)) ?? "" }
    var logged: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    /// Everything that it has written anywhere.
    var everythingWritten: String {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.compactMap { try? String(contentsOf: $0, encoding: .utf8) }.joined()
    }
}

/// TCP connections of this machine, from `/proc`.
enum Connections {
    /// Established ones whose server side is this loopback port.
    static func count(toPort port: Int) throws -> Int {
        let hex = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - hex.count) + hex
        return try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n").count { line in
            let columns = line.split(separator: " ")
            return columns.count > 3 && columns[1].hasSuffix(suffix) && columns[3] == "01"
        }
    }
}
