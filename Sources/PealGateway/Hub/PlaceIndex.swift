/// Finds places in a table that somebody else keeps, by the hash of what is there: 4 bytes a place, and no second copy of the
/// keys. Open addressing with linear probing; a removal closes its gap (Knuth, vol. 3, 6.4, algorithm R).
struct PlaceIndex {
    private static let none = UInt32.max
    private static let leastSize = 8

    private var slots: [UInt32] = []
    private(set) var count = 0

    /// All places, in no order.
    var places: some Sequence<Int> {
        slots.lazy.filter { $0 != Self.none }.map { Int($0) }
    }

    private var mask: Int { slots.count - 1 }

    private func slot(_ hash: Int, where isSame: (Int) -> Bool) -> Int? {
        guard !slots.isEmpty else { return nil }
        var slot = hash & mask
        while slots[slot] != Self.none {
            if isSame(Int(slots[slot])) { return slot }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// - Parameter isSame: whether at a place is what is looked for.
    func find(_ hash: Int, where isSame: (Int) -> Bool) -> Int? {
        slot(hash, where: isSame).map { Int(slots[$0]) }
    }

    /// For what is not here yet.
    ///
    /// - Parameter hashOf: the hash of what is at another place.
    mutating func insert(_ place: Int, hash: Int, hashOf: (Int) -> Int) {
        if count * 4 >= slots.count * 3 { grow(hashOf) }
        put(place, hash: hash)
        count += 1
    }

    private mutating func put(_ place: Int, hash: Int) {
        var slot = hash & mask
        while slots[slot] != Self.none { slot = (slot + 1) & mask }
        slots[slot] = UInt32(place)
    }

    private mutating func grow(_ hashOf: (Int) -> Int) {
        let old = slots
        slots = [UInt32](repeating: Self.none, count: max(Self.leastSize, old.count * 2))
        for place in old where place != Self.none { put(Int(place), hash: hashOf(Int(place))) }
    }

    /// The same is at another place now.
    mutating func move(_ place: Int, to other: Int, hash: Int) {
        guard let slot = slot(hash, where: { $0 == place }) else { return }
        slots[slot] = UInt32(other)
    }

    mutating func remove(_ place: Int, hash: Int, hashOf: (Int) -> Int) {
        guard var gap = slot(hash, where: { $0 == place }) else { return }
        count -= 1
        slots[gap] = Self.none
        var next = gap
        while true {
            next = (next + 1) & mask
            guard slots[next] != Self.none else { return }
            let home = hashOf(Int(slots[next])) & mask
            // Whether its home lies, around the end, behind the gap: then it is found where it is.
            guard (next - home) & mask >= (next - gap) & mask else { continue }
            slots[gap] = slots[next]
            slots[next] = Self.none
            gap = next
        }
    }
}
