import PealCore
import Testing

@testable import peal

@Suite struct InboxLinesTests {
    var lines = InboxLines(style: Style(allowed: false), cursor: nil)

    private static func row(_ id: String, seq: Int, status: String = "UNREAD", message: String = "Olá") -> String {
        """
        {"notification_id":"\(id)","type":"like","message":"\(message)","status":"\(status)","seq":\(seq),\
        "target_type":"post","target_id":"42","last_event_at":"2026-01-15T10:30:00.000Z"}
        """
    }

    private static func notification(_ id: String, seq: Int, message: String = "Olá") -> String {
        """
        {"type":"notification","cursor":"e.\(seq)","seq":\(seq),"unread_count":1,"data":\
        \(row(id, seq: seq, message: message))}
        """
    }

    private mutating func take(_ text: String) throws -> [InboxLines.Shown] {
        lines.take(try JSON.parse(text.utf8))
    }

    @Test mutating func aNotificationIsALineWithItsCount() throws {
        let shown = try take(Self.notification("a", seq: 1))
        #expect(shown.count == 1)
        #expect(shown[0].line.hasSuffix("like  Olá  post/42 · 1 unread"))
        #expect(shown[0].unreadID == "a" && shown[0].isNotification)
        #expect(lines.cursor == "e.1")
    }

    @Test mutating func whatWasSeenIsNotShownAgain() throws {
        #expect(try take(Self.notification("a", seq: 2)).count == 1)
        #expect(try take(Self.notification("a", seq: 2)).isEmpty)
        let sync = """
            {"type":"sync","from":1,"cursor":"e.3","seq":3,"unread_count":2,"changes":[\
            \(Self.row("a", seq: 2)),\(Self.row("b", seq: 3))]}
            """
        #expect(try take(sync).compactMap(\.unreadID) == ["b"])
    }

    @Test mutating func theFirstPageShowsWhatIsUnreadOldestFirst() throws {
        let load = """
            {"type":"initial_load","cursor":"e.5","seq":5,"unread_count":2,"notifications":[\
            \(Self.row("c", seq: 5)),\(Self.row("b", seq: 4, status: "READ")),\(Self.row("a", seq: 3))]}
            """
        let shown = try take(load)
        #expect(shown.compactMap(\.unreadID) == ["a", "c"])
        #expect(shown[0].line.contains("connected · 2 unread"))
    }

    @Test mutating func aResetTakesTheStreamBack() throws {
        _ = try take(Self.notification("a", seq: 90))
        _ = try take(
            #"{"type":"initial_load","reset":true,"cursor":"f.1","seq":1,"unread_count":0,"notifications":[]}"#)
        #expect(try take(Self.notification("b", seq: 2)).count == 1)
    }

    @Test mutating func whatIsTakenBackShowsWhoIsLeft() throws {
        let update = """
            {"type":"notification_update","update_type":"retracted","cursor":"e.2","seq":2,"unread_count":1,\
            "notification_id":"a","data":\(Self.row("a", seq: 2, message: "João curtiu seu post"))}
            """
        let shown = try take(update)
        #expect(
            shown.count == 1 && shown[0].line.hasSuffix("retracted  like  João curtiu seu post  post/42 · 1 unread"))
        #expect(!shown[0].isNotification, "not counted by --count")
        let removed = """
            {"type":"notification_update","update_type":"retracted","cursor":"e.3","seq":3,"unread_count":0,\
            "notification_id":"a","data":{"notification_id":"a","status":"DELETED","seq":3}}
            """
        #expect(try take(removed).map(\.line).first?.hasSuffix("retracted a · 0 unread") == true)
    }

    @Test mutating func textCannotSteerTheTerminal() throws {
        let shown = try take(Self.notification("a", seq: 1, message: #"x\u001b[2Jy"#))
        #expect(!shown[0].line.unicodeScalars.contains("\u{1B}"))
        #expect(shown[0].line.contains("x [2Jy"))
    }

    @Test mutating func otherFramesAreQuiet() throws {
        #expect(try take(#"{"type":"pong","timestamp":1}"#).isEmpty)
        #expect(try take(#"{"type":"error","code":"x","message":"no"}"#)[0].line.hasSuffix("error: no"))
    }
}
