/// Keeps about the most recently used values: two generations, so that neither a hit nor an eviction costs more than a
/// lookup in a dictionary.
struct RecentCache<Key: Hashable, Value> {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(2, capacity)
    }

    subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            young[key] = value
            return value
        }
        set {
            young[key] = newValue
            if newValue == nil { old[key] = nil }
        }
    }

    /// Forgets the older generation once the younger has filled its half. Called where no value is in use.
    mutating func trim() {
        guard young.count >= capacity / 2 else { return }
        old = young
        young = [:]
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
