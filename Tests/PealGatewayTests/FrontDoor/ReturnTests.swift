import PealCore
import Testing

@testable import PealGateway

/// What a client costs that comes back (RULES 27).
@Suite(.serialized, .timeLimit(.minutes(2))) struct ReturnTests {
    private func visit(
        _ server: TestServer, user: String = "maria", since: String?, isLater: Bool = false
    ) async throws -> JSON {
        let connection = try await server.connect(isLater: isLater)
        let query = since.map { "?since=\($0)" } ?? ""
        try await connection.send(RawConnection.upgrade("/v1/ws\(query)", token: "user:\(user)"))
        _ = try await connection.head()
        let first = try await connection.json()
        let before = server.hub.sessionCount
        await connection.close()
        #expect(try await eventually { server.hub.sessionCount < before })
        return first
    }

    @Test(arguments: [false, true])
    func whoIsUpToDateCostsTheOnlyWriterNoRead(isLater: Bool) async throws {
        try await TestServer.with { server in
            await server.notify("maria")
            let load = try await visit(server, since: nil, isLater: isLater)
            #expect(server.reads.count("page") == 1)
            let cursor = load["cursor"]?.string
            for _ in 0..<3 {
                let sync = try await visit(server, since: cursor, isLater: isLater)
                #expect(sync["type"]?.string == "sync" && sync["changes"]?.array == [])
                #expect(sync["cursor"]?.string == cursor)
                #expect(sync["unread_count"]?.integer == 1 && sync["unseen_count"]?.integer == 1)
            }
            #expect(server.reads.count("inboxes") == 0 && server.reads.count("changes") == 0)

            await server.notify("maria", "while away")
            let missed = try await visit(server, since: cursor, isLater: isLater)
            #expect(missed["changes"]?.array?.first?["message"]?.string == "while away")
            #expect(missed["unread_count"]?.integer == 2)
            #expect(server.reads.count("inboxes") == 0 && server.reads.count("changes") == 1)

            let again = try await visit(server, since: missed["cursor"]?.string, isLater: isLater)
            #expect(again["changes"]?.array == [] && again["unread_count"]?.integer == 2)
            #expect(server.reads.count("changes") == 1)
        }
    }

    @Test(arguments: [false, true])
    func afterTroubleOfTheStoreItIsAskedAgain(isLater: Bool) async throws {
        try await TestServer.with { server in
            await server.notify("maria")
            let cursor = try await visit(server, since: nil, isLater: isLater)["cursor"]?.string
            server.hub.receive([])
            let sync = try await visit(server, since: cursor, isLater: isLater)
            #expect(sync["changes"]?.array == [])
            #expect(server.reads.count("inboxes") == 1)
        }
    }

    @Test(arguments: [false, true])
    func aPollThatIsUpToDateCostsTheOnlyWriterNoRead(isLater: Bool) async throws {
        try await TestServer.with { server in
            await server.notify("maria")
            let connection = try await server.connect(isLater: isLater)
            let load = try JSON.parse(try await connection.get("/v1/sync").body.utf8)
            let cursor = load["cursor"]?.string ?? ""
            for _ in 0..<3 {
                #expect(try await connection.get("/v1/sync?since=\(cursor)&wait=0").head.hasPrefix("HTTP/1.1 204"))
            }
            #expect(server.reads.count("inboxes") == 0 && server.reads.count("changes") == 0)
            await server.notify("maria", "now")
            let sync = try await connection.get("/v1/sync?since=\(cursor)&wait=20")
            #expect(try JSON.parse(sync.body.utf8)["changes"]?.array?.count == 1)
            await connection.close()
        }
    }

    /// On a node that others write beside, the heads are asked for many at once, and rows for nobody.
    @Test(arguments: [false, true])
    func manyThatComeBackShareAQuery(isLater: Bool) async throws {
        try await TestServer.with(isAlone: false) { server in
            let users = (0..<60).map { "user\($0)" }
            var cursors: [String: String] = [:]
            for (number, user) in users.enumerated() {
                for _ in 0..<(number % 3) { await server.notify(user) }
                let tag = server.store.epoch.tag(for: UserID(trusted: user))
                cursors[user] = "\(Cursor(epoch: tag, seq: Seq(number % 3)))"
            }
            await server.notify("user0", "missed")
            var open: [(String, RawConnection)] = []
            for user in users { open.append((user, try await server.connect(isLater: isLater))) }
            for (user, connection) in open {
                try await connection.send(
                    RawConnection.upgrade("/v1/ws?since=\(cursors[user] ?? "")", token: "user:\(user)"))
            }
            for (number, (user, connection)) in open.enumerated() {
                _ = try await connection.head()
                let sync = try await connection.json()
                #expect(sync["type"]?.string == "sync", "\(user)")
                #expect(sync["changes"]?.array?.count == (number == 0 ? 1 : 0))
                #expect(sync["unread_count"]?.integer == Int64(number == 0 ? 1 : number % 3))
            }
            #expect(server.reads.count("changes") == 1)
            #expect(server.reads.count("inboxes") < 30, "60 users")
            #expect(server.reads.count("page") == 0)
            for (_, connection) in open { await connection.close() }
        }
    }

    @Test(arguments: [false, true])
    func sessionsOfOneUserShareTheReadOfWhatTheyMissed(isLater: Bool) async throws {
        try await TestServer.with { server in
            await server.notify("maria", "missed")
            let cursor = Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0)
            server.reads.hold(true)
            var open: [RawConnection] = []
            for _ in 0..<10 {
                let connection = try await server.connect(isLater: isLater)
                try await connection.send(RawConnection.upgrade("/v1/ws?since=\(cursor)"))
                _ = try await connection.head()
                open.append(connection)
                #expect(try await eventually { server.reads.count("changes") == 1 }, "the first one's")
            }
            #expect(try await eventually { server.hub.sharedReads.waiting(for: maria) == 9 })
            server.reads.hold(false)
            for connection in open {
                #expect(try await connection.json()["changes"]?.array?.first?["message"]?.string == "missed")
            }
            #expect(server.reads.count("changes") == 2, "the first one's, and one for the nine who came meanwhile")
            #expect(server.reads.count("page") == 0)
            for connection in open { await connection.close() }
        }
    }

    @Test(arguments: [false, true])
    func aCursorAheadOfTheStoreIsReset(isLater: Bool) async throws {
        for isAlone in [true, false] {
            try await TestServer.with(isAlone: isAlone) { server in
                await server.notify("maria")
                _ = try await visit(server, since: nil, isLater: isLater)
                let ahead = Cursor(epoch: server.store.epoch.tag(for: maria), seq: 7)
                let load = try await visit(server, since: "\(ahead)", isLater: isLater)
                #expect(load["type"]?.string == "initial_load" && load["reset"]?.bool == true)
            }
        }
    }

    @Test(arguments: [false, true])
    func aStoreThatCannotBeReadSendsThemAway(isLater: Bool) async throws {
        try await TestServer.with(isAlone: false) { server in
            server.reads.fail(StoreError(.unavailable, "down"))
            let connection = try await server.connect(isLater: isLater)
            let cursor = Cursor(epoch: server.store.epoch.tag(for: maria), seq: 0)
            try await connection.send(RawConnection.upgrade("/v1/ws?since=\(cursor)"))
            _ = try await connection.head()
            #expect(try await connection.frame().code == 1011)
            await connection.close()
        }
    }

    /// Returns, changes and departures at random: no count is wrong, no row is missed.
    @Test(arguments: [false, true])
    func manyVisitsOfManyUsers(isLater: Bool) async throws {
        let seed = TestSeed.make()
        var random = SeededGenerator(seed: seed)
        try await TestServer.with { server in
            var cursors: [String: String] = [:]
            for _ in 0..<150 {
                let user = "user\(Int.random(in: 0..<5, using: &random))"
                if Bool.random(using: &random) { await server.notify(user) }
                if Int.random(in: 0..<20, using: &random) == 0 { server.hub.receive([]) }
                let frame = try await visit(server, user: user, since: cursors[user], isLater: isLater)
                let inbox = try await server.store.inbox(of: UserID(trusted: user))
                #expect(frame["seq"]?.integer == inbox.seq, "seed \(seed)")
                #expect(frame["unread_count"]?.integer == Int64(inbox.unreadCount), "seed \(seed)")
                cursors[user] = frame["cursor"]?.string
            }
        }
    }
}
