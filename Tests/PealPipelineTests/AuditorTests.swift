import Testing

@testable import PealCore
@testable import PealPipeline

@Suite struct AuditorTests {
    @Test func everyInboxIsSeenAndTheDriftIsNothing() async throws {
        let store = InMemoryStore(renderer: try Templates(), clock: { Timestamp(milliseconds: 1) })
        for number in 0..<250 {
            let user = Event.Recipient(UserID(trusted: "user-\(number)"))
            let event = Event(type: "news", recipients: [user], message: "m")
            _ = await store.write([.ingest(Ingest(event: event)), .ingest(Ingest(event: event))])
            if number.isMultiple(of: 3) {
                _ = await store.write([.inbox(InboxCommand(user: user.user, kind: .mark(.readAll, upTo: 1)))])
            }
        }
        let pass = await Auditor(store: store, pace: .zero).pass()
        #expect(pass == (250, 0))
    }

    @Test func aWrongCountIsFound() async throws {
        var tables = MemoryState()
        try tables.setInbox(Inbox(seq: 3, unreadCount: 2, unseenCount: 1), of: UserID(trusted: "maria"))
        let store = InMemoryStore(tables: tables, renderer: try Templates(), clock: { Timestamp(milliseconds: 1) })
        #expect(await Auditor(store: store, pace: .zero).pass() == (1, 3))
    }
}
