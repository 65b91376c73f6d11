import PealCore
import PealSQL
import Testing

@Suite struct EventTests {
    @Test(arguments: StoreDriver.allCases)
    func everyFieldComesBack(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let event = Event(
                type: "comment", recipients: [.init(maria)], actor: Actor(id: "joao", name: "João"),
                target: .init(type: "post", id: "42"), title: "Título 🎉", message: "it's \"quoted\"\u{0}", excerpt: "x",
                url: "/posts/42", priority: .high, metadata: #"{"a":[1,null]}"#,
                expiresAt: test.clock.now + .seconds(60), groupKey: "comment:post:42")
            let outcome = try await test.send(event)
            let row = try await test.row(outcome.notificationID)
            #expect(outcome.kind == .created && outcome.seq == 1 && outcome.user == maria)
            let expected = Notification(
                id: try #require(outcome.notificationID), userID: maria, type: "comment", title: "Título 🎉",
                message: "it's \"quoted\"\u{0}", actors: [Actor(id: "joao", name: "João")], actorCount: 1,
                targetType: "post", targetID: "42", url: "/posts/42", priority: .high, metadata: #"{"a":[1,null]}"#,
                createdAt: test.clock.now, updatedAt: test.clock.now, lastEventAt: test.clock.now,
                expiresAt: test.clock.now + .seconds(60), seq: 1, unreadSeq: 1, unseenSeq: 1,
                groupKey: "comment:post:42", hasOwnText: true)
            #expect(row == expected)
            try await test.reopen()
            #expect(try await test.row(outcome.notificationID) == expected)
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func emptyTextsStayEmpty(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var event = Event.plain(maria)
            (event.title, event.message, event.url) = ("", "", "")
            event.target = .init(type: "", id: nil)
            let row = try await test.row(try await test.send(event).notificationID)
            #expect(
                row.title == "" && row.message == "" && row.url == "" && row.targetType == "" && row.targetID == nil)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func anEventReachesAllRecipientsOrNobody(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var event = Event.plain(maria, joao, actor: "joao")
            event.recipients[1].suppression = .own
            event.recipients.append(.init(UserID(trusted: "ana")))
            let outcomes = try await test.sendToAll(event)
            #expect(outcomes.map(\.kind) == [.created, .suppressed, .created])
            #expect(outcomes[1].suppression == .own && outcomes[1].notificationID == nil && outcomes[1].seq == 0)
            #expect(try await test.store.inbox(of: joao) == Inbox())
            #expect(try await test.list(of: UserID(trusted: "ana")).count == 1)
        }
    }

    /// Whoever reads while batches of many recipients commit sees all of them at the same head, or an earlier one.
    @Test(arguments: StoreDriver.allCases)
    func aBatchBecomesVisibleAtOnce(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = (0..<8).map { UserID(trusted: "user\($0)") }
            let event = Event(type: "notice", recipients: users.map { .init($0) })
            async let writing: Void = {
                for _ in 0..<40 { try await test.sendToAll(event) }
            }()
            for _ in 0..<40 {
                let heads = try await test.store.heads(of: users)
                #expect(Set(heads.values).count <= 1)
                #expect(heads.isEmpty || heads.count == users.count)
            }
            try await writing
            #expect(Set(try await test.store.heads(of: users).values) == [40])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func allUsersCanBeWalkedInTheOrderOfTheirBytes(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let names = ["b", "a", "ç", "Z", "aa", "é"]
            for name in names { try await test.send(.plain(UserID(trusted: name))) }
            var walked: [UserID] = []
            while true {
                let page = try await test.store.users(after: walked.last, limit: 4)
                walked += page
                if page.count < 4 { break }
            }
            #expect(walked == names.map(UserID.init(trusted:)).sorted())
        }
    }

    /// Each is 1–128 bytes of UTF-8; they are users of their own, however alike they look.
    static let oddIDs = [
        "👩🏽‍🚀", "o'brien", "\"; DROP TABLE inboxes; --", "caf\u{E9}", "cafe\u{301}", "CAF\u{C9}", " ", "%_*?",
        String(repeating: "x", count: 128), String(repeating: "😀", count: 32), "1", "01", "1.0", "\u{202E}abc",
    ]

    @Test(arguments: StoreDriver.allCases)
    func idsAreTheirBytes(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = try Self.oddIDs.map { try #require(UserID($0)) }
            for (index, user) in users.enumerated() {
                for _ in 0...index { try await test.send(.plain(user, type: user.rawValue)) }
            }
            try await test.reopen()
            for (index, user) in users.enumerated() {
                let rows = try await test.list(of: user)
                #expect(rows.count == index + 1)
                #expect(rows.allSatisfy { $0.userID == user && $0.type.utf8.elementsEqual(user.rawValue.utf8) })
                #expect(try await test.store.page(PageQuery(user: user, type: user.rawValue)).rows.count == index + 1)
            }
            #expect(try await test.store.heads(of: users).count == users.count)
            let other = try await test.store.page(PageQuery(user: users[3], type: Self.oddIDs[4]))
            #expect(other.rows.isEmpty)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func aStrangersRowIsNotFound(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let id = try #require(try await test.send(.plain(maria)).notificationID)
            try await test.send(.plain(joao))
            for user in [joao, UserID(trusted: "nobody")] {
                await #expect(throws: StoreError(.notFound, "no notification \(id)")) {
                    try await test.row(id, of: user)
                }
                await #expect(throws: StoreError.self) { try await test.apply(.read, to: id, of: user) }
            }
            #expect(try await test.counts() == [1, 1])
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func idsGrowAlsoWhenTheClockIsSetBack(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            var ids: [NotificationID] = []
            for _ in 0..<5 {
                try await ids.append(#require(test.send(.plain(maria)).notificationID))
                test.clock.advance(by: .seconds(-3600))
                try await test.reopen()
            }
            #expect(ids == ids.sorted() && Set(ids).count == ids.count)
        }
    }

    @Test(arguments: StoreDriver.allCases)
    func manyInboxesAtOnce(_ driver: StoreDriver) async throws {
        try await withStore(driver) { test in
            let users = (0..<1200).map { UserID(trusted: "user\($0)") }
            let event = Event(type: "news", recipients: users.dropLast(200).map { .init($0) }, message: "x")
            _ = try await test.sendToAll(event)
            _ = try await test.sendToAll(Event(type: "news", recipients: [.init(users[7])], message: "y"))
            _ = await test.store.write([.inbox(InboxCommand(user: users[7], kind: .mark(.readAll, upTo: 1)))])
            let inboxes = try await test.store.inboxes(of: users)
            #expect(inboxes.count == 1000, "those without an inbox are left out")
            for user in users { #expect(try await inboxes[user] ?? Inbox() == test.store.inbox(of: user)) }
            #expect(inboxes[users[7]]?.seq == 3 && inboxes[users[7]]?.unreadCount == 1)
            #expect(try await test.store.inboxes(of: []).isEmpty)
        }
    }
}
