import Testing

@testable import PealCore

/// Events that are kept for later come back as they were.
@Suite struct StoredEventTests {
    private static let texts = [
        "", "a", "João", "cafe\u{301}", "caf\u{E9}", "😀 \u{1F1E7}\u{1F1F7}", "\"quoted\" \\ /", "line\nline\ttab\r",
        "\u{0}\u{1}\u{1F}\u{7F}", "{\"json\":[1,2]}", "\u{2028}\u{FEFF}", String(repeating: "ç", count: 4096),
    ]
    private static let numbers: [Int64] = [0, 1, -1, 999, 1_768_473_000_123, .max, .min]

    private func event(_ random: inout some RandomNumberGenerator) -> Event {
        func text() -> String { Self.texts.randomElement(using: &random) ?? "" }
        func optional<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
        func duration() -> Duration {
            Duration(
                secondsComponent: .random(in: 0...Int64.max / 2, using: &random),
                attosecondsComponent: .random(in: 0..<1_000_000_000_000_000_000, using: &random))
        }
        func time() -> Timestamp? { optional(Timestamp(milliseconds: Self.numbers.randomElement(using: &random) ?? 0)) }
        let users = (0..<Int.random(in: 0...3, using: &random)).map { UserID(trusted: "user \($0)") }
        return Event(
            type: text(), recipients: users.map { Event.Recipient($0) }, topic: optional(TopicName(trusted: text())),
            channels: optional(Set(DeliveryChannel.allCases.filter { _ in Bool.random(using: &random) })),
            actor: optional(Actor(id: text(), name: optional(text()))),
            target: optional(Event.Target(type: text(), id: optional(text()))), title: optional(text()),
            message: optional(text()), excerpt: optional(text()), url: optional(text()),
            priority: Priority.allCases.randomElement(using: &random) ?? .normal, metadata: text(),
            expiresAt: time(), occurredAt: time(), wantsReceipt: .random(using: &random),
            groupKey: optional(text()),
            grouping: GroupingPolicy(
                window: duration(), maximumAge: duration(), maximumEvents: Int(Self.numbers.randomElement() ?? 1)))
    }

    @Test func everyFieldComesBack() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let event = event(&random)
            let stored = event.storedText
            let read = try #require(Event(storedText: stored, recipients: event.recipients), "\(stored)")
            #expect(read == event)
            // Not only equal as texts are for people, but byte by byte.
            #expect(read.storedText.utf8.elementsEqual(stored.utf8))
            for (left, right) in [
                (read.type, event.type), (read.metadata, event.metadata), (read.message, event.message),
                (read.actor?.id, event.actor?.id), (read.target?.id, event.target?.id),
            ] as [(String?, String?)] {
                #expect(left.map { Array($0.utf8) } == right.map { Array($0.utf8) })
            }
        }
    }

    /// Whoever gives events another field has to keep it for later too: in `storedText`, and above.
    @Test func noFieldIsForgotten() {
        let fields = Mirror(reflecting: Event(type: "x", recipients: [])).children.compactMap(\.label)
        #expect(
            fields == [
                "type", "recipients", "topic", "channels", "actor", "target", "title", "message", "excerpt", "url",
                "priority",
                "metadata",
                "expiresAt", "occurredAt", "wantsReceipt", "groupKey", "grouping",
            ])
    }

    @Test(arguments: ["", "{}", "[]", "null", #"{"type":"x"}"#, #"{"type":1,"priority":"normal"}"#])
    func whatIsNoEventIsNotRead(_ text: String) {
        #expect(Event(storedText: text, recipients: []) == nil)
    }

    @Test func thePlaceInAListIsOpaqueAndComesBack() {
        let position = Schedule.Position(
            sendAt: Timestamp(milliseconds: 1_768_473_000_123), id: NotificationID(high: 7, low: 9))
        #expect(Schedule.Position(cursorText: position.cursorText) == position)
        #expect(Schedule.Position(cursorText: "x") == nil)
    }
}
