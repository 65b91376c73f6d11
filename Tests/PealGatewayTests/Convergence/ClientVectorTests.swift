import Foundation
import PealCore
import Testing

/// The vectors that the JavaScript client is tested with (`spec/vectors/inbox.json`), on the model by which the server is
/// judged: two readings of the protocol that must not differ.
@Suite struct ClientVectorTests {
    private static func cases() throws -> [JSON] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let file = root.appending(path: "spec/vectors/inbox.json")
        return try JSON.parse(Data(contentsOf: file))["cases"]?.array ?? []
    }

    /// Some vectors show what a client makes of frames that this server does not send: gaps, repetitions, changes of
    /// epoch without a first page, updates without the row's state. The model complains about those, so they are none of its business.
    private static func isSentByServer(_ frames: [JSON]) -> Bool {
        let known: Set = ["initial_load", "sync", "notification", "notification_update", "marked_all_read"]
        let epochs = Set(frames.map { $0["cursor"]?.string?.prefix { $0 != "." } })
        return frames.first?["type"]?.string == "initial_load" && epochs.count == 1
            && frames.allSatisfy { frame in
                let data = frame["type"]?.string == "notification_update" ? frame["data"] : nil
                let states = (data.map { [$0] } ?? []) + (frame["changes"]?.array ?? [])
                return known.contains(frame["type"]?.string ?? "")
                    && states.allSatisfy { $0["mark"] != nil || $0["seq"] != nil && $0["status"] != nil }
            }
    }

    @Test func theModelEndsWhereTheVectorsSay() throws {
        var compared = 0
        for vector in try Self.cases() {
            let start = vector["start"].flatMap { $0.isNull ? nil : [$0] } ?? []
            let frames = start + (vector["frames"]?.array ?? [])
            guard Self.isSentByServer(frames) else { continue }
            var client = ClientModel()
            for frame in frames { client.apply(frame) }
            guard client.complaints.isEmpty, let expected = vector["expect"] else { continue }
            compared += 1
            let name = vector["name"]?.string ?? ""
            #expect(client.cursor == expected["cursor"]?.string, "\(name)")
            #expect(client.unread == expected["unread_count"]?.integer, "\(name)")
            #expect(client.unseen == expected["unseen_count"]?.integer, "\(name)")
            let rows = expected["rows"]?.array ?? []
            #expect(Set(client.active.keys) == Set(rows.compactMap { $0["notification_id"]?.string }), "\(name)")
            for row in rows {
                let known = client.rows[row["notification_id"]?.string ?? ""]
                #expect(row["seq"] == nil || known?.seq == row["seq"]?.integer, "\(name): \(row.text)")
                #expect(row["message"] == nil || known?.text?.message == row["message"]?.string, "\(name): \(row.text)")
                #expect(row["is_seen"] == nil || known?.isSeen == row["is_seen"]?.bool, "\(name): \(row.text)")
                let isRead = known.map { $0.status == "READ" }
                #expect(row["is_read"] == nil || isRead == row["is_read"]?.bool, "\(name): \(row.text)")
            }
        }
        #expect(compared >= 12, "of the vectors only \(compared) were compared")
    }
}
