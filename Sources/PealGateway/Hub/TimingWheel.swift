/// The timers of one event loop: each member has at most one, setting and moving it is O(1), and a tick touches only what
/// is due (Varghese and Lauck, 1987, scheme 6). A far deadline comes up early and is set again.
struct TimingWheel {
    private static let none = UInt32.max
    private static let slotCount: Tick = 256

    private var heads = [UInt32](repeating: Self.none, count: Int(Self.slotCount))
    /// By member: its neighbours in its slot, and the slot.
    private var next: [UInt32] = []
    private var previous: [UInt32] = []
    private var slots: [UInt16] = []
    private var now: Tick

    init(now: Tick) {
        self.now = now
    }

    /// Sets or moves the timer of a member. What is due now comes up at the next tick.
    mutating func set(_ member: UInt32, at deadline: Tick) {
        grow(to: member)
        remove(member)
        let ahead = min(deadline > now ? deadline - now : 1, Self.slotCount - 1)
        let slot = Int((now &+ ahead) % Self.slotCount)
        let head = heads[slot]
        next[Int(member)] = head
        previous[Int(member)] = Self.none
        slots[Int(member)] = UInt16(slot)
        if head != Self.none { previous[Int(head)] = member }
        heads[slot] = member
    }

    mutating func remove(_ member: UInt32) {
        let index = Int(member)
        guard index < slots.count, slots[index] != .max else { return }
        if previous[index] == Self.none {
            heads[Int(slots[index])] = next[index]
        } else {
            next[Int(previous[index])] = next[index]
        }
        if next[index] != Self.none { previous[Int(next[index])] = previous[index] }
        slots[index] = .max
    }

    /// Moves the time on.
    ///
    /// - Returns: the members whose timers were set at or before it; these are no longer set.
    mutating func advance(to time: Tick) -> [UInt32] {
        guard time > now else { return [] }
        var due: [UInt32] = []
        for step in 1...min(time - now, Self.slotCount) {
            let slot = Int((now &+ step) % Self.slotCount)
            var member = heads[slot]
            heads[slot] = Self.none
            while member != Self.none {
                slots[Int(member)] = .max
                due.append(member)
                member = next[Int(member)]
            }
        }
        now = time
        return due
    }

    private mutating func grow(to member: UInt32) {
        let missing = Int(member) + 1 - slots.count
        guard missing > 0 else { return }
        next.append(contentsOf: repeatElement(Self.none, count: missing))
        previous.append(contentsOf: repeatElement(Self.none, count: missing))
        slots.append(contentsOf: repeatElement(.max, count: missing))
    }
}
