import Foundation
import PealCore
import Testing

/// `spec/inbox-operations.json`, case by case.
@Suite struct OperationTableTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        struct State: Decodable, Sendable, Equatable {
            var status: String
            var read: Bool
            var seen: Bool
        }

        var operation: String
        var before: State?
        var after: State?
        var unread: Int
        var unseen: Int

        var testDescription: String {
            "\(operation) of \(before?.status ?? "nothing") \(before?.seen == true ? "seen" : "")"
        }
    }

    private struct Table: Decodable {
        var cases: [Case]
    }

    static let cases: [Case] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../spec/inbox-operations.json")
        do {
            return try JSONDecoder().decode(Table.self, from: Data(contentsOf: file)).cases
        } catch {
            Issue.record(error)
            return []
        }
    }()

    @Test func theTableIsComplete() {
        let states = Set(Self.cases.compactMap(\.before).map { "\($0)" })
        #expect(states.count == 8 && Self.cases.count == 1 + 14 * states.count)
        let operations = Set(Self.cases.map(\.operation))
        #expect(
            operations
                == Set(RowOperation.allCases.map(\.rawValue) + Mark.allCases.map(\.rawValue) + ["create", "aggregate"]))
    }

    @Test(arguments: cases)
    func theInboxDoesAsTheTableSays(_ entry: Case) throws {
        var (inbox, row) = Self.inbox(with: entry.before)
        let start = inbox
        let hasChanged: Bool
        switch entry.operation {
        case "create":
            inbox.insert(&row)
            hasChanged = true
        case "aggregate":
            let admits = GroupingPolicy().admits(row, at: row.lastEventAt)
            #expect(admits == (entry.after != nil))
            if admits { inbox.aggregate(&row) }
            hasChanged = admits
        case "read_all", "seen_all":
            let mark = try #require(Mark(rawValue: entry.operation))
            let count = inbox.move(mark, upTo: nil, at: Timestamp(seconds: 2)) { _, _ in
                UnreadCounts(unread: 0, unseen: 0)
            }
            #expect((count ?? 0) == (mark == .readAll ? -entry.unread : -entry.unseen))
            inbox.fold(&row)
            hasChanged = count != nil
        default:
            let operation = try #require(RowOperation(rawValue: entry.operation))
            hasChanged = inbox.apply(
                operation, to: &row, at: Timestamp(seconds: 2),
                until: operation == .snooze ? row.snoozedUntil ?? Timestamp(seconds: 9) : nil)
        }
        #expect(inbox.unreadCount - start.unreadCount == entry.unread)
        #expect(inbox.unseenCount - start.unseenCount == entry.unseen)
        #expect(inbox.seq == start.seq + (hasChanged ? 1 : 0))
        #expect(hasChanged == (entry.operation == "aggregate" ? entry.after != nil : entry.after != entry.before))
        if let after = entry.after { #expect(Self.state(row) == after) }
    }

    private static func state(_ row: PealCore.Notification) -> Case.State {
        Case.State(status: "\(row.status)", read: row.isRead, seen: row.isSeen)
    }

    /// An inbox with one row in that state, and the row.
    private static func inbox(with state: Case.State?) -> (Inbox, PealCore.Notification) {
        let time = Timestamp(seconds: 1)
        var row = PealCore.Notification(
            id: NotificationID(high: 1, low: 1), userID: UserID(trusted: "maria"), type: "like", title: "", message: "",
            createdAt: time, updatedAt: time, lastEventAt: time, groupKey: "like")
        guard let state else { return (Inbox(), row) }
        (row.isRead, row.isSeen) = (state.read, state.seen)
        row.standing =
            switch state.status {
            case "DELETED": .deleted
            case "ARCHIVED": .archived
            case "SNOOZED": .snoozed
            default: .active
            }
        if row.standing == .snoozed { row.snoozedUntil = Timestamp(seconds: 9) }
        (row.seq, row.unreadSeq, row.unseenSeq) = (5, 5, 5)
        let counts = RowState(row)
        return (Inbox(seq: 5, unreadCount: counts.unread, unseenCount: counts.unseen), row)
    }
}
