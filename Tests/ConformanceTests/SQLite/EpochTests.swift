import Foundation
import PealCore
import PealSQL
import PealSQLite
import Testing

@Suite struct EpochTests {
    @Test func staysFromOpeningToOpening() async throws {
        try await withDirectory { directory in
            let epoch = try await directory.epoch()
            for _ in 0..<3 {
                try await directory.withStore { store in
                    #expect(store.epoch == epoch)
                    try await store.send(.plain(maria))
                }
            }
        }
    }

    /// Every place where a start can be killed, made by hand: the file and the database as they would lie there.
    @Test(arguments: [(5, 5), (5, 6)] as [(Int, Int)])
    func survivesADeathBetweenTheTwoWrites(_ file: Int, _ database: Int) async throws {
        try await withDirectory { directory in
            let epoch = try await directory.epoch()
            try directory.setGeneration(file: file, database: database)
            #expect(try await directory.epoch() == epoch)
            // And the same death again, after the repair.
            let (repaired, _) = try directory.generation()
            try directory.setGeneration(file: repaired, database: repaired + 1)
            #expect(try await directory.epoch() == epoch)
        }
    }

    /// A second death in the repair of the first: nothing may be raised before the file has caught up.
    @Test func survivesADeathInTheRepair() async throws {
        try await withDirectory { directory in
            let epoch = try await directory.epoch()
            try directory.setGeneration(file: 5, database: 6)
            let obstacle = directory.url.appendingPathComponent("peal.start.new")
            try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: false)
            #expect(throws: StoreError.self) { try directory.open() }
            try FileManager.default.removeItem(at: obstacle)
            let same = try await directory.epoch()
            #expect(same == epoch)
        }
    }

    @Test(arguments: [(6, 5), (5, 7), (0, 9), (9, 0)] as [(Int, Int)])
    func changesWhereTheTwoDoNotBelongTogether(_ file: Int, _ database: Int) async throws {
        try await withDirectory { directory in
            let epoch = try await directory.epoch()
            try directory.setGeneration(file: file, database: database)
            let changed = try await directory.epoch()
            #expect(changed != epoch)
            #expect(try await directory.epoch() == changed)
        }
    }

    @Test func changesOnADatabaseThatWasPutBack() async throws {
        try await withDirectory { directory in
            let store = try directory.open()
            try await store.send(.plain(maria))
            await store.close()
            let backup = try directory.copy()
            defer { backup.remove() }
            try await directory.withStore { try await $0.send(.plain(maria)) }
            try directory.restore(from: backup)
            try await directory.withStore { restored in
                #expect(restored.epoch != store.epoch)
                let inbox = try await restored.inbox(of: maria)
                #expect(inbox.seq == 1)
            }
        }
    }

    /// A backup and its return within one run of the server.
    @Test func changesOnADatabaseThatWasPutBackWithinOneRun() async throws {
        try await withDirectory { directory in
            var options = SQLiteStoreOptions()
            options.generationInterval = .zero
            let store = try directory.open(options: options)
            try await store.send(.plain(maria))
            let backup = try directory.copy()
            defer { backup.remove() }
            try await store.send(.plain(maria))
            await store.close()
            try directory.restore(from: backup)
            let changed = try await directory.epoch()
            #expect(changed != store.epoch)
        }
    }

    @Test func changesInACopyOfTheDirectory() async throws {
        try await withDirectory { directory in
            let epoch = try await directory.withStore { store in
                try await store.send(.plain(maria))
                return store.epoch
            }
            let copy = try directory.copy()
            defer { copy.remove() }
            #expect(try await copy.epoch() != epoch)
            #expect(try await directory.epoch() == epoch)
        }
    }

    @Test(arguments: ["", "x", "1", "99999999999999999999 1", "1 2 3"])
    func changesWhereTheFileIsDamaged(_ text: String) async throws {
        try await withDirectory { directory in
            let epoch = try await directory.epoch()
            try Data(text.utf8).write(to: directory.startFile)
            let changed = try await directory.epoch()
            #expect(changed != epoch)
        }
    }

    @Test func filesBelongToTheirOwnerAlone() async throws {
        try await withDirectory { directory in
            try await directory.withStore { store in
                try await store.send(.plain(maria))
                for name in ["peal.db", "peal.db-wal", "peal.db-shm", "peal.start", "peal.lock"] {
                    let attributes = try FileManager.default.attributesOfItem(atPath: directory.url.path + "/" + name)
                    #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
                }
            }
        }
    }
}

extension SQLiteDirectory {
    fileprivate var startFile: URL { url.appendingPathComponent("peal.start") }

    fileprivate func generation() throws -> (number: Int, inode: String) {
        let fields = try String(contentsOf: startFile, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        return (try #require(Int(fields[0])), String(fields[1]))
    }

    fileprivate func setGeneration(file: Int, database: Int) throws {
        let inode = try generation().inode
        try Data("\(file) \(inode)\n".utf8).write(to: startFile)
        try execute("UPDATE meta SET value = \(database) WHERE key = 'generation'")
    }
}
