import Foundation
import Testing

@testable import PealServer

@Suite struct DataDirectoryTests {
    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func withPath(_ body: (String) throws -> Void) rethrows {
        let path = NSTemporaryDirectory() + "peal-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func secretsAreMadeOnceAndAreTheOwnersAlone() throws {
        try withPath { path in
            let directory = try DataDirectory(path: path)
            let first = try directory.secret("jwt.secret", make: SecretFile.randomText)
            #expect(first.isNew)
            #expect(first.text.utf8.count == 43)
            let second = try DataDirectory(path: path).secret("jwt.secret") { "another" }
            #expect(second == (first.text, false))
            #expect(try mode(path) == 0o700)
            #expect(try mode(path + "/jwt.secret") == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["jwt.secret"])
        }
    }

    @Test func ofManyWhoStartAtOnceOneMakesTheSecret() async throws {
        let path = NSTemporaryDirectory() + "peal-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = try DataDirectory(path: path)
        let secrets = try await withThrowingTaskGroup { group in
            for _ in 0..<16 {
                group.addTask { try directory.secret("jwt.secret", make: SecretFile.randomText) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(secrets.map(\.text)).count == 1)
        #expect(secrets.count { $0.isNew } == 1)
    }

    @Test func anEmptySecretIsNoSecret() throws {
        try withPath { path in
            let directory = try DataDirectory(path: path)
            try Data("\n".utf8).write(to: URL(fileURLWithPath: path + "/jwt.secret"))
            #expect(throws: StartError("'\(path)/jwt.secret' is empty; remove it to have a new one made")) {
                try directory.secret("jwt.secret", make: SecretFile.randomText)
            }
        }
    }

    @Test func aFileIsNoDirectory() throws {
        try withPath { path in
            try Data().write(to: URL(fileURLWithPath: path))
            #expect(throws: StartError.self) { try DataDirectory(path: path) }
        }
    }
}
