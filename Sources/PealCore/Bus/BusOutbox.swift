internal import DequeModule

/// What a node has to tell others, while they can be told, and whom it could not tell about: a machine without I/O, the same
/// for each bus between nodes.
public struct BusOutbox: Sendable {
    private let limit: Int
    private let lostLimit: Int
    private var queue: Deque<Publication> = []
    private var lost: [UserID: Publication] = [:]
    private var hasLostTooMany = false

    /// Whether others can be told now.
    public var isOpen = false

    /// - Parameters:
    ///   - limit: publications that may wait; the rest is lost for the others.
    ///   - lostLimit: users of whom is remembered that something was lost.
    public init(limit: Int, lostLimit: Int = 10_000) {
        self.limit = limit
        self.lostLimit = lostLimit
    }

    /// Takes what was committed.
    ///
    /// - Returns: whether something waits.
    public mutating func add(_ batch: [Publication]) -> Bool {
        for publication in batch where publication.isForOtherNodes {
            if isOpen, queue.count < limit { queue.append(publication) } else { lose(publication) }
        }
        return !queue.isEmpty
    }

    /// What is to be sent next.
    public mutating func take(limit: Int) -> [Publication] {
        let batch = Array(queue.prefix(limit))
        queue.removeFirst(batch.count)
        return batch
    }

    /// What was taken may not have arrived.
    public mutating func fail(_ batch: [Publication]) {
        for publication in batch { lose(publication) }
    }

    /// The connection was lost.
    public mutating func close() {
        isOpen = false
        for publication in queue { lose(publication) }
        queue = []
    }

    /// What others have to look up in the store, because they may have missed it.
    ///
    /// - Returns: a change without content for each user; nil where there are too many, and everybody is to be looked up.
    public mutating func takeLost() -> [Publication]? {
        defer {
            lost = [:]
            hasLostTooMany = false
        }
        return hasLostTooMany ? nil : Array(lost.values)
    }

    private mutating func lose(_ publication: Publication) {
        // Shown now or never.
        switch publication.content {
        case .receipt, .passed, .typing, .unchanged: return
        default: break
        }
        guard !hasLostTooMany else { return }
        lost[publication.user] = publication.withoutContent
        guard lost.count > lostLimit else { return }
        hasLostTooMany = true
        lost = [:]
    }
}
