import Testing

@testable import PealCore

@Suite struct AnonymityTests {
    @Test(arguments: [
        ("Eva wrote", "Someone wrote"), ("by Eva", "by Someone"), ("Eva", "Someone"),
        ("Eva, Eva & Eva!", "Someone, Someone & Someone!"),
        ("Evan wrote", "Evan wrote"), ("Nova", "Nova"), ("NEva", "NEva"), ("Eva2", "Eva2"), ("eva", "eva"), ("", ""),
        ("'Eva': Évangile", "'Someone': Évangile"),
    ])
    func namesAreReplacedAsWords(text: String, expected: String) {
        #expect(text.replacingWord("Eva", with: "Someone") == expected)
    }

    @Test func namesOfSeveralWordsAndOfSigns() {
        #expect("Eva Q. likes it".replacingWord("Eva Q.", with: "X") == "X likes it")
        #expect("João e Jo\u{E3}o".replacingWord("Joa\u{303}o", with: "X") == "X e X")
        #expect("a*b*c".replacingWord("", with: "X") == "a*b*c")
        #expect("(user.1) user.12".replacingWord("user.1", with: "X") == "(X) user.12")
    }

    private func row(_ actors: [Actor], title: String, message: String, isOwn: Bool) -> Notification {
        let time = Timestamp(seconds: 1)
        return Notification(
            id: NotificationID(high: 1, low: 1), userID: UserID(trusted: "maria"), type: "comment", title: title,
            message: message, actors: actors, actorCount: actors.count, createdAt: time, updatedAt: time,
            lastEventAt: time, hasOwnText: isOwn)
    }

    @Test func aRenderedTextThatMayQuoteTheActorIsRenderedAgain() {
        var row = row([Actor(id: "eva", name: "Eva")], title: "New", message: "Eva: 'my secret'", isOwn: false)
        let changed = row.anonymise("eva", as: "x", locale: "en-GB", renderer: NamesRenderer())
        #expect(changed && row.actors == [Actor(id: "x", name: "Someone")])
        #expect(row.message == "Someone" && row.title == "New")
    }

    @Test func anotherActorsWordsStay() {
        let actors = [Actor(id: "ana", name: "Ana"), Actor(id: "eva")]
        var row = row(actors, title: "New", message: "Ana and eva: 'hello'", isOwn: false)
        let changed = row.anonymise("eva", as: "x", locale: nil, renderer: NamesRenderer())
        #expect(changed && row.message == "Ana and Alguém: 'hello'")
        #expect(row.actors == [actors[0], Actor(id: "x", name: "Alguém")])
    }

    @Test func theProducersTextLosesTheNameAlone() {
        var row = row([Actor(id: "eva", name: "Eva")], title: "Eva wrote", message: "hello from Eva", isOwn: true)
        let changed = row.anonymise("eva", as: "x", locale: "es", renderer: NamesRenderer())
        #expect(changed && row.title == "Alguien wrote" && row.message == "hello from Alguien")
    }

    @Test func aRowOfOthersIsLeftAlone() {
        var row = row([Actor(id: "ana", name: "Eva")], title: "Eva", message: "Eva", isOwn: true)
        let before = row
        let changed = row.anonymise("eva", as: "x", locale: nil, renderer: NamesRenderer())
        #expect(!changed && row == before)
    }

    @Test func anEmptiedInboxReachesNoOldCursor() {
        var inbox = Inbox(
            seq: 7, unreadCount: 3, unseenCount: 2, readMark: 4, readMarkSeq: 5, seenMark: 1, seenMarkSeq: 2)
        inbox.empty()
        #expect(inbox == Inbox(seq: 8, floor: 8))
    }

    @Test func aRevisedRowStaysAsReadAsItWas() {
        var inbox = Inbox(seq: 7, unreadCount: 0, unseenCount: 0, readMark: 6, readMarkSeq: 7)
        var row = row([], title: "", message: "", isOwn: true)
        row.unreadSeq = 5
        inbox.revise(&row, at: Timestamp(seconds: 9))
        #expect(row.isRead && row.seq == 8 && inbox.seq == 8 && inbox.unreadCount == 0)
    }
}

private struct NamesRenderer: TextRenderer {
    func text(for subject: TextSubject) -> RenderedText {
        RenderedText(title: "title", message: subject.actors.map(\.displayName).joined(separator: ","))
    }
}
