import Foundation
import PealCore
import Testing

@testable import PealPipeline

@Suite struct ForeignMessageTests {
    private func read(
        _ text: String, on channel: String = "notifications:u1", limit: Int = 1000
    ) throws(ForeignRefusal)
        -> ForeignMessage
    {
        try ForeignMessage(channel: channel, payload: Array(text.utf8), byteLimit: limit)
    }

    private func passed(_ text: String, on channel: String = "notifications:u1") throws -> PassedMessage? {
        if case .pass(let message) = try read(text, on: channel) { message } else { nil }
    }

    private func refusal(
        _ text: String, on channel: String = "notifications:u1", limit: Int = 1000
    ) -> ForeignRefusal.Reason? {
        do throws(ForeignRefusal) {
            _ = try read(text, on: channel, limit: limit)
            return nil
        } catch { return error.reason }
    }

    @Test func theRestOfTheChannelIsTheUser() throws {
        let message = try passed(#"{"a":1}"#, on: "notifications:a:b c")
        #expect(message?.user == UserID("a:b c") && message?.type == nil)
        #expect(refusal("{}", on: "notifications:") == .invalid)
    }

    @Test func verbatimUnlessItMustChange() throws {
        func text(_ original: String) throws -> String? {
            try passed(original).map { String(decoding: $0.text, as: UTF8.self) }
        }
        let spaced = #"{ "type" : "x", "n": 1.0e5, "s":"\u00e9" }"#
        #expect(try text(spaced) == spaced)
        #expect(try text("{\"n\":1.50,\n\"x\":\"\\n\"}") == #"{"n":1.50,"x":"\n"}"#)
        #expect(try text(#"{"seq":4,"cursor":"c","persist":false,"n":1}"#) == #"{"n":1}"#)
        // Only of the object itself.
        #expect(try text(#"{"in":{"seq":4}}"#) == #"{"in":{"seq":4}}"#)
    }

    @Test func noFrameOfPealsCanBeFeigned() {
        for type in ForeignMessage.ownTypes { #expect(refusal(#"{"type":"\#(type)"}"#) == .ownType) }
        // Parsers differ in which of two members they take.
        #expect(refusal(#"{"type":"x","type":"sync"}"#) == .notJSON)
        #expect(refusal(#"{"type":"s\u0079nc"}"#) == .ownType)
    }

    /// Every frame that a server sends, as the specification lists them.
    @Test func allFramesOfPealsAreKnown() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Sources/PealAPI/Specification/asyncapi.json")
        let messages = try JSON.parse(try Data(contentsOf: file))["components"]?["messages"]?.members ?? []
        let frames = Set(messages.map(\.name).filter { !$0.hasPrefix("command_") })
        #expect(frames.count > 10)
        #expect(frames.subtracting(ForeignMessage.ownTypes).sorted() == [])
    }

    @Test func whatIsWrong() {
        #expect(refusal("") == .notJSON)
        #expect(refusal("[]") == .notJSON)
        #expect(refusal("{}x") == .notJSON)
        #expect(refusal("{}", limit: 1) == .tooLong)
        #expect(refusal(#"{"type":5}"#) == .invalid)
        #expect(refusal("{}", on: "notifications") == .invalid)
        #expect(refusal(#"{"user_id":"u","notification":[]}"#, on: "notifications") == .invalid)
        #expect(refusal(#"{"user_id":true,"notification":{}}"#, on: "notifications") == .invalid)
        #expect(refusal(#"{"persist":1}"#) == .invalid)
        #expect(refusal(#"{"persist":true,"type":"a","url":"javascript:x"}"#) == .invalid)
        #expect(refusal(#"{"persist":true,"type":"a","user_id":"u2"}"#) == .invalid)
    }

    @Test func envelopes() throws {
        let message = try passed(
            #"{"user_id": 7, "notification": {"type":"like", "seq":1, "id":3}}"#, on: "notifications")
        #expect(message?.user == UserID("7") && message?.type == "new_notification")
        #expect(
            message.map { String(decoding: $0.text, as: UTF8.self) }
                == #"{"type":"new_notification","notification":{"type":"like","id":3}}"#)
    }

    @Test func events() throws {
        guard
            case .store(let event) = try read(
                #"{"persist":true,"type":"new_message","user_id":"u1","sender_id":"bob","conversation_id":5,"content":"Oi","file_id":"f","metadata":{"k":1}}"#
            )
        else {
            Issue.record("not an event")
            return
        }
        #expect(event.users == [UserID("u1")] && event.type == "new_message" && event.message == "Oi")
        #expect(event.actor?.id == "bob" && event.target?.id == "5" && event.target?.type == "conversation")
        // A field of the event goes before its other name.
        guard case .store(let other) = try read(#"{"persist":true,"type":"a","actor_id":"x","sender_id":"bob"}"#) else {
            return
        }
        #expect(other.actor?.id == "x")
    }
}
