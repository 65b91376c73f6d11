import PealCore
import Testing

@Suite struct UserIDTests {
    @Test(arguments: ["a", " ", "👩🏽‍🚀", String(repeating: "x", count: 128), "a\u{301}", "\u{80}"])
    func isOneTo128Bytes(_ text: String) {
        #expect(UserID(text)?.rawValue == text)
    }

    @Test(arguments: [
        "", String(repeating: "x", count: 129), String(repeating: "é", count: 65), "a\nb", "\u{0}", "\u{7F}",
    ])
    func refusesTheRest(_ text: String) {
        #expect(UserID(text) == nil)
    }

    @Test func equalOnlyByBytes() {
        let (composed, decomposed) = (UserID(trusted: "caf\u{E9}"), UserID(trusted: "cafe\u{301}"))
        #expect(composed != decomposed && Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
        #expect(
            [UserID(trusted: "b"), UserID(trusted: "B"), UserID(trusted: "ab")].sorted().map(\.rawValue) == [
                "B", "ab", "b",
            ])
    }
}

@Suite struct NotificationIDTests {
    @Test func isWrittenAndRead() throws {
        let id = NotificationID(high: 0x0193_F5C2_AAAA_7BBB, low: 0x8CCC_0123_4567_89AB)
        #expect(id.description == "0193f5c2-aaaa-7bbb-8ccc-0123456789ab")
        #expect(NotificationID("0193F5C2-AAAA-7bbb-8ccc-0123456789AB") == id)
        for text in [
            "", "0193f5c2aaaa7bbb8ccc0123456789ab", "0193f5c2-aaaa-7bbb-8ccc-0123456789a",
            "0193f5c2-aaaa-7bbb-8ccc-0123456789ag", "+193f5c2-aaaa-7bbb-8ccc-0123456789ab",
            "0193f5c2-aaaa-7bbb-8ccc_0123456789ab",
        ] {
            #expect(NotificationID(text) == nil)
        }
    }

    @Test func growsWithinAMillisecondAndAcrossAClockThatStepsBack() {
        var generator = NotificationIDGenerator()
        var last = NotificationID(high: 0, low: 0)
        for step in 0..<5000 {
            let id = generator.next(at: Timestamp(milliseconds: 1_768_473_000_000 - Int64(step / 100)))
            #expect(id > last)
            #expect(id.high >> 12 & 0xF == 7 && id.low >> 62 == 2, "version 7, variant 10")
            last = id
        }
        #expect(last.high >> 16 == 1_768_473_000_000)
    }

    @Test func continuesAfterAnEarlierGenerator() {
        var first = NotificationIDGenerator()
        let time = Timestamp(milliseconds: 1_768_473_000_000)
        for _ in 0..<100 {
            let id = first.next(at: time)
            var second = NotificationIDGenerator(after: id)
            #expect(second.next(at: time) > id && second.next(at: Timestamp(seconds: 1)) > id)
        }
        let end = NotificationID(high: 0x0193_F5C2_AAAA_7FFF, low: 0xBFFF_FFFF_FFFF_FFFF)
        var generator = NotificationIDGenerator(after: end)
        let next = generator.next(at: Timestamp(seconds: 1))
        #expect(next > end && next.high >> 12 & 0xF == 7 && next.low >> 62 == 2)
    }

    @Test func carriesItsTime() {
        var generator = NotificationIDGenerator()
        let id = generator.next(at: Timestamp(milliseconds: 1_768_473_000_123))
        #expect(id.high >> 16 == 1_768_473_000_123)
    }
}

@Suite struct CursorTests {
    @Test func isWrittenAndRead() {
        let cursor = Cursor(epoch: EpochTag(value: 0x00AB), seq: 42)
        #expect(cursor.description == "00000000000000ab.42" && Cursor(cursor.description) == cursor)
        var writer = JSONWriter()
        writer.value(cursor)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"00000000000000ab.42\"")
    }

    @Test(arguments: [
        "", ".", "00000000000000ab", "00000000000000ab.", "0000000000000ab.1", "000000000000000ab.1",
        "00000000000000ag.1",
        "+0000000000000ab.1", "-0000000000000ab.1", "00000000000000ab.+1", "00000000000000ab.-1", "00000000000000ab.-0",
        "00000000000000ab.1.2", "00000000000000ab. 1", "00000000000000ab.9223372036854775808", "é000000000000ab.1",
    ])
    func refusesTheRest(_ text: String) {
        #expect(Cursor(text) == nil)
    }

    @Test func oneUsersEpochDoesNotFitAnother() {
        let epoch = StoreEpoch(high: 1, low: 2)
        let users = ["maria", "joao", "caf\u{E9}", "cafe\u{301}"].map { UserID(trusted: $0) }
        let tags = Set(users.map(epoch.tag))
        #expect(tags.count == users.count)
        #expect(tags.isDisjoint(with: users.map(StoreEpoch(high: 1, low: 3).tag)))
        #expect(epoch.tag(for: users[0]) == epoch.tag(for: users[0]))
    }

    /// The reference vectors of SipHash-2-4: key 00…0f, message 00, 01, …
    @Test(
        arguments: [
            (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (8, 0x93f5_f579_9a93_2462),
            (15, 0xa129_ca61_49be_45e5),
        ] as [(Int, UInt64)])
    func theHashIsSipHash(_ count: Int, _ expected: UInt64) {
        let epoch = StoreEpoch(high: 0x0f0e_0d0c_0b0a_0908, low: 0x0706_0504_0302_0100)
        let message = String(decoding: (0..<count).map(UInt8.init), as: UTF8.self)
        #expect(epoch.tag(for: UserID(trusted: message)).value == expected)
    }
}
