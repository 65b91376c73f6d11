public import PealCore
import Synchronization

/// Templates that can be exchanged while a store uses them: each text is made wholly from the old or wholly from the new.
public final class LiveTemplates: TextRenderer {
    private let current: Mutex<Templates>

    public init(_ templates: Templates) {
        current = Mutex(templates)
    }

    public var templates: Templates { current.withLock { $0 } }

    public func text(for subject: TextSubject) -> RenderedText {
        templates.text(for: subject)
    }

    /// From the next text on.
    public func replace(with templates: Templates) {
        current.withLock { $0 = templates }
    }
}
