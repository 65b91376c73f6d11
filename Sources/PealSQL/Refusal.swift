package import PealCore

extension StoreError {
    /// Whether a mutation was refused for what it asked: nothing was written, and its neighbours are fine.
    package var isRefusal: Bool { code == .notFound || code == .idempotencyConflict || code == .conflict }
}
