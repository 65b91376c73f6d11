import PealCore
import Testing

@Suite struct JSONTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" true ", .bool(true)), ("-0.5e+3", .number("-0.5e+3")), ("0", .number("0")),
            ("\"\"", .string("")), ("\"a\\n\\u00e9\\ud83d\\ude00\\/\"", .string("a\né😀/")), ("[]", .array([])),
            ("[1, [2]]", .array([.number("1"), .array([.number("2")])])),
            ("{\"a\": {\"b\": null}}", .object([.init("a", .object([.init("b", .null)]))])),
        ] as [(String, JSON)])
    func isParsed(_ text: String, _ expected: JSON) throws {
        #expect(try JSON.parse(text.utf8) == expected)
        #expect(try JSON.parse(expected.text.utf8) == expected)
    }

    @Test(arguments: [
        "", " ", "nul", "True", "01", "1.", ".5", "-", "+1", "1e", "0x1", "NaN", "[1,]", "[1 2]", "[", "{", "{\"a\"}",
        "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":2}", "\"", "\"\n\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"", "\"\\udc00\"", "1 2", "'a'", "\u{FEFF}1",
    ])
    func refusesTheRest(_ text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text.utf8) }
    }

    @Test func refusesWhatIsTooDeepTooLongOrNoUTF8() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSON.parse(nested(JSON.depthLimit).utf8) }
        #expect(throws: JSONError.self) { try JSON.parse(nested(JSON.depthLimit + 1).utf8) }
        #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "[", count: 100_000).utf8) }
        #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "1", count: 65).utf8) }
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
        #expect(throws: JSONError.self) { try JSON.parse([0x22, 0x5C, 0x6E, 0xFF, 0x22]) }
    }

    /// A parser that compared each name with all before it would take hours.
    @Test(.timeLimit(.minutes(2))) func anObjectMayHaveAsManyMembersAsItsTextHolds() throws {
        let members = (0..<200_000).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
        let json = try JSON.parse("{\(members)}".utf8)
        #expect(json.members?.count == 200_000 && json.members?.last?.name == "n199999")
        for early in [0, 15, 16, 199_999] {
            #expect(throws: JSONError.self) { try JSON.parse("{\(members),\"n\(early)\":0}".utf8) }
        }
    }

    /// Names are told apart by their bytes, as other programs do it, however many there are.
    @Test(arguments: [0, 40])
    func namesThatOnlyLookAlikeAreNotDuplicates(others: Int) throws {
        let members = (0..<others).map { "\"n\($0)\":0," }.joined()
        let json = try JSON.parse("{\(members)\"caf\u{E9}\":1,\"cafe\u{301}\":2}".utf8)
        #expect(json.members?.count == others + 2)
        #expect(throws: JSONError.self) { try JSON.parse("{\(members)\"caf\u{E9}\":1,\"caf\\u00e9\":2}".utf8) }
    }

    @Test func readsOnlyWhatIsThere() throws {
        let json = try JSON.parse(#"{"a":"x","b":7,"c":1.5,"d":[true],"e":null,"f":"8"}"#.utf8)
        #expect(json["a"]?.string == "x" && json["a"]?.integer == nil && json["z"] == nil)
        #expect(json["b"]?.integer == 7 && json["c"]?.integer == nil)
        #expect(json["b"]?.identifier == "7" && json["f"]?.identifier == "8" && json["c"]?.identifier == nil)
        #expect(json["d"]?.array?.first?.bool == true && json["e"]?.isNull == true)
        #expect(json.members?.map(\.name) == ["a", "b", "c", "d", "e", "f"])
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"a":[1,-2.50,true,null,"\"\\\n\u0001é😀"],"b":{},"c":[]}"#
        #expect(try JSON.parse(text.utf8).text == text)
    }

    @Test func theWriterPutsTheCommas() {
        var writer = JSONWriter(appendingTo: Array("x".utf8))
        writer.beginObject()
        writer.name("a")
        writer.beginArray()
        writer.value(Int64.min)
        writer.value(0)
        writer.value(true)
        writer.raw("{}")
        writer.endArray()
        writer.name("b")
        writer.value("\u{7F}\t\r\u{0}")
        writer.name("c")
        writer.optional(nil as String?)
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == "x{\"a\":[-9223372036854775808,0,true,{}],\"b\":\"\u{7F}\\t\\r\\u0000\",\"c\":null}")
    }

    @Test func aNotificationIsValidJSON() throws {
        let time = Timestamp(milliseconds: 1_768_473_000_000)
        let row = Notification(
            id: NotificationID(high: 1, low: 2), userID: UserID(trusted: "ma\"ria"), type: "like", title: "t",
            message: "m\n", actors: [Actor(id: "joao")], actorCount: 2, metadata: #"{"k":[1]}"#, createdAt: time,
            updatedAt: time, lastEventAt: time, readAt: time, seq: 42)
        var writer = JSONWriter()
        writer.value(row)
        let json = try JSON.parse(writer.bytes)
        #expect(json["notification_id"]?.string == row.id.description && json["user_id"]?.string == "ma\"ria")
        #expect(json["seq"]?.integer == 42 && json["actor_count"]?.integer == 2 && json["metadata"]?["k"] != nil)
        #expect(json["actors"]?.array?.first?["name"]?.string == "joao" && json["url"]?.isNull == true)
        #expect(json["read_at"]?.string == "2026-01-15T10:30:00.000Z" && json["status"]?.string == "UNREAD")
    }
}
