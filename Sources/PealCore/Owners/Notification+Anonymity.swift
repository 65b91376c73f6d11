extension Notification {
    /// Takes the name of an actor out of a row that belongs to somebody else.
    ///
    /// A text that was rendered is rendered again where it may quote what the actor wrote; in any other text the name that was
    /// shown is replaced where it stands as a word. What the producer put into ``metadata`` stays as it is.
    ///
    /// - Parameters:
    ///   - alias: the id from now on.
    ///   - locale: the reader's.
    /// - Returns: false where the row does not show this actor.
    public mutating func anonymise(
        _ actor: String, as alias: String, locale: String?, renderer: some TextRenderer
    ) -> Bool {
        guard let index = actors.firstIndex(where: { $0.id.utf8.elementsEqual(actor.utf8) }) else { return false }
        let shown = actors[index].displayName
        let someone = Actor.someone(in: locale)
        actors[index] = Actor(id: alias, name: someone)
        title = title.replacingWord(shown, with: someone)
        message = message.replacingWord(shown, with: someone)
        if !hasOwnText, index == 0 {
            message =
                renderer.text(
                    for: TextSubject(
                        type: type, locale: locale, actors: actors, actorCount: actorCount, targetType: targetType,
                        targetID: targetID, metadata: metadata)
                ).message
        }
        return true
    }
}

extension Actor {
    /// The word for somebody who has no name any more.
    public static func someone(in locale: String?) -> String {
        switch locale?.prefix(2).lowercased() {
        case "en": "Someone"
        case "es": "Alguien"
        default: "Alguém"
        }
    }
}

extension String {
    /// Replaces a word, or several in a row, wherever no letter or digit touches it.
    func replacingWord(_ word: String, with other: String) -> String {
        guard !word.isEmpty else { return self }
        var result = ""
        var start = startIndex
        for range in ranges(of: word) where range.lowerBound >= start && isWord(range) {
            result += self[start..<range.lowerBound]
            result += other
            start = range.upperBound
        }
        return start == startIndex ? self : result + self[start...]
    }

    private func isWord(_ range: Range<String.Index>) -> Bool {
        func belongs(_ character: Character) -> Bool { character.isLetter || character.isNumber }
        if range.lowerBound > startIndex, belongs(self[index(before: range.lowerBound)]) { return false }
        return range.upperBound == endIndex || !belongs(self[range.upperBound])
    }
}
