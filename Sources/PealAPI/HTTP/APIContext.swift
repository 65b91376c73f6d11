public import Hummingbird

/// What one request carries besides itself: nothing more than the router needs.
public struct APIContext: RequestContext {
    public var coreContext: CoreRequestContextStorage

    public init(source: Source) {
        coreContext = .init(source: source)
    }
}
