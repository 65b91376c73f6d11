/// Makes a notification's texts. A store calls it inside its transaction, because only there the actors are exact.
public protocol TextRenderer: Sendable {
    /// Must be pure and quick: no I/O, no lock that another thread holds for long.
    func text(for subject: TextSubject) -> RenderedText
}

/// What a text is about.
public struct TextSubject: Sendable {
    public var type: String
    /// The reader's; nil where unknown.
    public var locale: String?
    /// The newest first, at most ``Notification/actorSampleLimit``.
    public var actors: [Actor]
    public var actorCount: Int
    public var targetType: String?
    public var targetID: String?
    /// What the newest actor wrote.
    public var excerpt: String?
    /// The newest that an event brought: a JSON object as text.
    public var metadata: String

    public init(
        type: String, locale: String?, actors: [Actor], actorCount: Int, targetType: String? = nil,
        targetID: String? = nil, excerpt: String? = nil, metadata: String = "{}"
    ) {
        self.type = type
        self.locale = locale
        self.actors = actors
        self.actorCount = actorCount
        self.targetType = targetType
        self.targetID = targetID
        self.excerpt = excerpt
        self.metadata = metadata
    }
}

/// Never empty: a type without a template gets the general one.
public struct RenderedText: Sendable, Equatable {
    public var title: String
    public var message: String

    public init(title: String, message: String) {
        self.title = title
        self.message = message
    }
}

extension Notification {
    /// Gives the row its texts after its actors are settled: the producer's where it wrote them, rendered ones elsewhere.
    public mutating func setText(from event: Event, locale: String?, renderer: some TextRenderer) {
        let rendered = renderer.text(
            for: TextSubject(
                type: type, locale: locale, actors: actors, actorCount: actorCount, targetType: targetType,
                targetID: targetID, excerpt: event.excerpt, metadata: metadata))
        title = event.title ?? rendered.title
        message = event.message ?? rendered.message
    }
}
