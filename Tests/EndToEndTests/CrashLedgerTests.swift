import PealCore
import Testing

/// The crash test's ledger must notice what it is there to notice.
@Suite struct CrashLedgerTests {
    /// One user with one group of two actors and one client that has it all.
    private static func clean() throws -> (CrashLedger, [String: CrashLedger.Stored]) {
        var ledger = CrashLedger()
        ledger.acknowledged["1"] = .init(user: "maria", id: "a", actor: "joao")
        ledger.acknowledged["2"] = .init(user: "maria", id: "a", actor: "ana")
        ledger.acknowledged["3"] = .init(user: "maria", id: "a", actor: "ana")
        var client = ClientInbox()
        client.apply(try frame("initial_load", 0, #""notifications":[],"has_more":false,"reset":false"#, unread: 0))
        client.apply(try frame("notification", 1, #""data":\#(row(1, actors: 1))"#))
        client.apply(try frame("notification", 3, #""from":1,"data":\#(row(3, actors: 2))"#))
        ledger.clients["maria/0"] = client
        var stored = CrashLedger.Stored(unreadCount: 1)
        stored.rows["a"] = ClientInbox.Row(try JSON.parse(row(3, actors: 2).utf8))
        return (ledger, ["maria": stored])
    }

    private static func row(_ seq: Seq, actors: Int, message: String = "liked") -> String {
        """
        {"notification_id":"a","seq":\(seq),"status":"UNREAD","is_seen":false,"unread_seq":\(seq),"message":"\(message)",\
        "actor_count":\(actors)}
        """
    }

    private static func frame(_ type: String, _ seq: Seq, _ rest: String, unread: Int = 1) throws -> JSON {
        try JSON.parse(
            #"{"type":"\#(type)","seq":\#(seq),"cursor":"e.\#(seq)","unread_count":\#(unread),\#(rest)}"#.utf8)
    }

    @Test func whatIsRightIsClean() throws {
        let (ledger, stored) = try Self.clean()
        let verdict = ledger.verdict(on: stored)
        #expect(verdict.isClean, "\(verdict)")
    }

    @Test func anAcknowledgedEventThatItsGroupDoesNotCount() throws {
        var (ledger, stored) = try Self.clean()
        ledger.acknowledged["4"] = .init(user: "maria", id: "a", actor: "rui")
        #expect(ledger.verdict(on: stored).lostActors == 1)
        ledger.acknowledged["4"] = .init(user: "maria", id: "b", actor: "rui")
        #expect(ledger.verdict(on: stored).lost == 1)
        ledger.acknowledged["4"] = nil
        stored["maria"]?.rows["a"]?.text?.actorCount = 3
        #expect(ledger.verdict(on: stored).inventedActors == 1)
    }

    @Test(arguments: [
        #""data":{"notification_id":"a","seq":3,"status":"UNREAD","is_seen":true,"unread_seq":3}"#,
        #""data":{"notification_id":"a","seq":2,"status":"READ","is_seen":true,"unread_seq":2}"#,
        #""update_type":"read_all","up_to_seq":2"#,
    ])
    func anUpdateThatComesAgain(rest: String) throws {
        var (ledger, stored) = try Self.clean()
        ledger.clients["maria/0"]?.apply(try Self.frame("notification_update", 3, rest))
        let verdict = ledger.verdict(on: stored)
        #expect(verdict.twice == 1 && !verdict.isClean)
        // The answer to a command of one's own may be late.
        (ledger, stored) = try Self.clean()
        ledger.clients["maria/0"]?.apply(try Self.frame("ok", 3, rest))
        #expect(ledger.verdict(on: stored).isClean)
    }

    @Test func aRowOfTheFirstPageThatComesAgain() throws {
        var client = ClientInbox()
        client.apply(
            try Self.frame(
                "initial_load", 3, #""notifications":[\#(Self.row(3, actors: 2))],"has_more":false,"reset":false"#))
        client.apply(try Self.frame("sync", 4, #""from":3,"changes":[\#(Self.row(3, actors: 2))],"has_more":false"#))
        #expect(client.duplicates.count == 1)
    }

    @Test func anEmptySyncIsTheFirstFrameOfAConnectionOnly() throws {
        var (ledger, _) = try Self.clean()
        let empty = try Self.frame("sync", 3, #""from":3,"changes":[],"has_more":false"#)
        ledger.clients["maria/0"]?.connect()
        ledger.clients["maria/0"]?.apply(empty)
        #expect(ledger.clients["maria/0"]?.duplicates == [])
        ledger.clients["maria/0"]?.apply(empty)
        #expect(ledger.clients["maria/0"]?.duplicates.count == 1)
    }

    @Test func aStateThatIsNotTheLatest() throws {
        let (ledger, stored) = try Self.clean()
        var other = stored
        other["maria"]?.rows["a"]?.seq = 4
        #expect(ledger.verdict(on: other).divergentClients == 1)
        other = stored
        other["maria"]?.rows["a"]?.text?.message = "somebody else liked"
        #expect(ledger.verdict(on: other).divergentClients == 1)
        other = stored
        other["maria"]?.rows["a"]?.status = "READ"
        #expect(ledger.verdict(on: other).divergentClients == 1)
    }
}
