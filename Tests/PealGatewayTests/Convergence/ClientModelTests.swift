import PealCore
import Testing

private func text(_ id: String, _ seq: Seq) -> String {
    """
    {"notification_id":"\(id)","seq":\(seq),"status":"UNREAD","is_seen":false,"unread_seq":\(seq),"unseen_seq":\(seq),\
    "message":"at \(seq)","actor_count":1}
    """
}

/// The model by which convergence is judged must notice what it is there to notice.
@Suite struct ClientModelTests {
    private static func frame(_ type: String, _ seq: Seq, _ rest: String) throws -> JSON {
        try JSON.parse(
            #"{"type":"\#(type)","seq":\#(seq),"cursor":"e.\#(seq)","unread_count":1,"unseen_count":1,\#(rest)}"#.utf8)
    }

    /// A client with one row, at seq 2.
    private static func client() throws -> ClientModel {
        var client = ClientModel()
        client.apply(
            try frame("initial_load", 1, #""notifications":[\#(text("a", 1))],"has_more":false,"reset":false"#))
        client.apply(try frame("notification", 2, #""data":\#(text("a", 2))"#))
        return client
    }

    @Test func whatIsRightBringsNoComplaint() throws {
        var client = try Self.client()
        client.apply(try Self.frame("ok", 2, #""id":1,"data":\#(text("a", 2))"#))
        client.connect()
        client.apply(try Self.frame("sync", 2, #""from":2,"changes":[],"has_more":false"#))
        #expect(client.complaints == [] && client.replies == [1] && client.seq == 2)
    }

    @Test(arguments: [
        ("notification", #""data":"# + text("a", 2)),
        ("notification_update", #""update_type":"read_all","up_to_seq":1"#),
        ("notification_update", #""data":"# + text("a", 1)), ("sync", #""from":2,"changes":[],"has_more":false"#),
        ("sync", #""from":1,"changes":[\#(text("a", 2))],"has_more":false"#),
    ])
    func aFrameThatTheClientHas(type: String, rest: String) throws {
        var client = try Self.client()
        client.apply(try Self.frame(type, 2, rest))
        #expect(client.complaints.count == 1, "\(client.complaints)")
    }

    @Test(arguments: [1, 2])
    func aRowThatTheClientHasInALaterFrame(seq: Int64) throws {
        var client = try Self.client()
        client.apply(try Self.frame("sync", 3, #""from":2,"changes":[\#(text("a", seq))],"has_more":false"#))
        #expect(client.complaints.count == 1, "\(client.complaints)")
    }

    @Test func aGap() throws {
        var client = try Self.client()
        client.apply(try Self.frame("notification", 4, #""data":\#(text("a", 4))"#))
        #expect(client.complaints.count == 1)
    }

    @Test func anOlderTextIsNotTheLatestState() throws {
        let known = try #require(try Self.client().rows["a"])
        var row = Notification(
            id: NotificationID(high: 1, low: 0), userID: maria, type: "news", title: "", message: "at 2",
            createdAt: noon, updatedAt: noon, lastEventAt: noon, seq: 2, unreadSeq: 2, unseenSeq: 2)
        (row.message, row.actorCount) = ("at 2", 1)
        #expect(known.isLatest(row, isPartial: false))
        row.message = "at 1"
        #expect(!known.isLatest(row, isPartial: true))
        (row.message, row.actorCount) = ("at 2", 2)
        #expect(!known.isLatest(row, isPartial: true))
        (row.actorCount, row.seq) = (1, 3)
        #expect(!known.isLatest(row, isPartial: true))
    }
}
