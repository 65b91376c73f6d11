/// Makes a notification's texts. A store calls it inside its transaction, because only there the actors are exact.
public protocol TextRenderer: Sendable {
    /// Must be pure and quick: no I/O, no lock that another thread holds for long.
    func text(for subject: TextSubject) -> RenderedText
}

/// What a text is about.
public struct TextSubject: Sendable {
    /// Of the notification.
    public var type: String
    /// The reader's; nil where unknown.
    public var locale: String?
    /// The newest first, at most ``Notification/actorSampleLimit``.
    public var actors: [Actor]
    /// All distinct actors, also those that are not in ``actors``.
    public var actorCount: Int
    /// What it was done to, such as `post`.
    public var targetType: String?
    /// The app's own id of that.
    public var targetID: String?
    /// What the newest actor wrote.
    public var excerpt: String?
    /// The newest that an event brought: a JSON object as text.
    public var metadata: String

    /// What a template is given.
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
    /// One line, plain text.
    public var title: String
    /// A sentence, plain text.
    public var message: String

    /// A text that has been rendered.
    public init(title: String, message: String) {
        self.title = title
        self.message = message
    }
}

extension Notification {
    /// Gives the row its texts after its actors are settled: the producer's where it wrote them, rendered ones elsewhere.
    public mutating func setText(from event: Event, locale: String?, renderer: some TextRenderer) {
        setText(title: event.title, message: event.message, excerpt: event.excerpt, locale: locale, renderer: renderer)
    }

    mutating func setText(
        title ownTitle: String?, message ownMessage: String?, excerpt: String?, locale: String?,
        renderer: some TextRenderer
    ) {
        let rendered = renderer.text(
            for: TextSubject(
                type: type, locale: locale, actors: actors, actorCount: actorCount, targetType: targetType,
                targetID: targetID, excerpt: excerpt, metadata: metadata))
        title = ownTitle ?? rendered.title
        message = ownMessage ?? rendered.message
    }
}
