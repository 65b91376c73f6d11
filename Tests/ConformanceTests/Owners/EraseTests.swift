import PealCore
import PealSQL
import Testing

/// What is left of a user who has been erased: on both drivers, and in the tables and files of SQLite.
@Suite struct EraseTests {
    private let eva = UserID(trusted: "eva-4711")
    private let name = "Eva Quixote"

    /// An inbox with everything, and traces in two others.
    private func fill(_ test: TestStore, rows: Int = 12) async throws {
        try await test.write(
            .profile(UserProfile(user: eva, name: name, email: "eva@quixote.example", locale: "en")))
        for number in 0..<rows {
            var event = Event.plain(eva, type: "news", metadata: #"{"secret":"windmill \#(number)"}"#)
            event.title = "windmill title"
            event.message = "windmill message"
            let key = IdempotencyKey(source: "http", caller: "k", key: "own \(number)", fingerprint: 1)
            let sent = try await test.send(event, key: number < 3 ? key : nil)
            if number == 1 { try await test.apply(.delete, to: sent.notificationID, of: eva) }
            if number == 2 { try await test.apply(.archive, to: sent.notificationID, of: eva) }
        }
        for actor in ["ana", "bia", "caio", "davi"] { try await test.send(.like(eva, by: actor)) }
        try await test.mark(.readAll, upTo: 5, of: eva)
        for user in [maria, joao] {
            for actor in [eva.rawValue, "ana", "bia", "caio", "davi"] { try await test.send(.like(user, by: actor)) }
            var event = Event.plain(user, type: "message", actor: eva.rawValue)
            event.title = "\(name) wrote"
            event.message = "From (\(name)): hello, \(name)"
            try await test.send(event)
            try await test.send(.plain(user, type: "comment", actor: eva.rawValue, group: "g"))
            try await test.send(.plain(user, type: "comment", actor: "zoe", group: "g"))
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func nothingOfTheUserIsLeft(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await fill(test)
            let before = try await test.store.inbox(of: eva)
            #expect(try test.places(of: "windmill").isEmpty == (driver == .memory))
            let erasure = try await test.erase(eva)
            #expect(erasure.removed == Erasure.Removed(notifications: 13, records: 1, mentions: 6, answers: 3))
            let after = try await test.store.inbox(of: eva)
            #expect(after == Inbox(seq: before.seq + 1, floor: before.seq + 1))
            #expect(try await test.counts(of: eva) == [0, 0])
            for status in PageQuery.Status.allCases { #expect(try await test.list(status, of: eva).isEmpty) }
            #expect(try await test.changes(of: eva).isEmpty)
            #expect(try await test.store.profile(of: eva) == nil)
            #expect(try await test.store.erasures().isEmpty)
            for text in ["windmill", "quixote", name] {
                #expect(try test.places(of: text) == [], "\(text)")
            }
            // The number of the inbox's last change stays, so that it is never given twice.
            #expect(try test.places(of: eva.rawValue).allSatisfy { $0.hasPrefix("inboxes.user") })
            try await test.reopen()
            #expect(try await test.store.inbox(of: eva) == after)
            await test.store.close()
            for text in ["windmill", "quixote", name] { #expect(try !test.filesHold(text), "\(text)") }
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func othersKeepTheirRowsWithoutTheName(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await test.write(.profile(UserProfile(user: joao, locale: "en")))
            try await fill(test)
            let before = try await test.list()
            let inbox = try await test.store.inbox(of: maria)
            let erasure = try await test.erase(eva)
            let rows = try await test.list()
            #expect(rows.map(\.id) == before.map(\.id))
            #expect(rows.map(\.actorCount) == before.map(\.actorCount))
            #expect(rows.map(\.lastEventAt) == before.map(\.lastEventAt))
            #expect(try await test.counts() == [inbox.unreadCount, inbox.unseenCount])
            // What shows the user changed, and clients hear of it; the group of five shows others.
            #expect(try await test.changes(after: inbox.seq).count == 2)
            let own = try #require(rows.first { $0.type == "message" })
            #expect(own.actors == [Actor(id: erasure.alias, name: "Alguém")])
            #expect(own.title == "Alguém wrote" && own.message == "From (Alguém): hello, Alguém")
            let comment = try #require(rows.first { $0.type == "comment" })
            #expect(comment.message == "zoe,Alguém of 2")
            let english = try await test.list(of: joao)
            #expect(english.contains { $0.message == "zoe,Someone of 2" })
            // The distinct actors are as many as before: the same who liked once more adds nobody.
            try await test.send(.like(maria, by: "bia"))
            #expect(try await test.list().first { $0.type == "like" }?.actorCount == 5)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func clientsBeginAnewAndSoDoesTheInbox(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            try await fill(test)
            let before = try await test.store.inbox(of: eva)
            test.sink.clear()
            try await test.erase(eva)
            let told = try #require(test.sink.publications.first { $0.user == eva })
            guard case .revised = told.content else { throw UnexpectedAnswer() }
            #expect(told.from == before.seq && told.inbox.seq == before.seq + 1)
            // Whatever cursor a client has, it is below the floor and gets a fresh page.
            let page = try await test.store.changes(of: eva, after: before.seq, limit: 10)
            #expect(page.changes.isEmpty && page.inbox.floor > before.seq)
            let sent = try await test.send(.like(eva, by: "ana"))
            #expect(sent.kind == .created && sent.seq == before.seq + 2)
            #expect(try await test.counts(of: eva) == [1, 1])
            #expect(try await test.list(of: eva).count == 1)
            try await test.reopen()
            #expect(try await test.send(.like(eva, by: "bia")).kind == .aggregated)
            // No number of an inbox is given twice, or rows would come to somebody else.
            try await test.erase(eva)
            try await test.send(.plain(UserID(trusted: "new")))
            #expect(try await test.list(of: UserID(trusted: "new")).count == 1)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aRepeatedRequestIsStillRecognised(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let key = IdempotencyKey(source: "http", caller: "k", key: "both", fingerprint: 7)
            let first = try await test.sendToAll(.plain(maria, eva), key: key)
            let erasure = try await test.erase(eva)
            let again = try await test.sendToAll(.plain(maria, eva), key: key)
            #expect(again.map(\.user.rawValue) == ["maria", erasure.alias])
            #expect(again.map(\.notificationID) == first.map(\.notificationID))
            #expect(try await test.list(of: eva).isEmpty)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func whoNeverGotAnythingCanBeErased(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let erasure = try await test.erase(eva)
            #expect(erasure.removed == Erasure.Removed())
            #expect(try await test.store.inbox(of: eva) == Inbox())
            #expect(test.sink.publications.isEmpty)
        }
    }
}
