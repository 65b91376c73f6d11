import DequeModule
import PealCore

/// What one session has to send, in order. The first entry lies inline, so that a session that keeps up never allocates.
struct OutputQueue {
    /// What only a session has that does not keep up.
    private final class Backlog {
        var entries: Deque<QueueEntry> = []
        var bytes = 0
        /// Publications that cannot take their place yet.
        var waiting: [SharedFrame] = []
        var waitingBytes = 0
        /// The newest publication that was dropped while waiting.
        var missed: Seq = 0

        var isEmpty: Bool { entries.isEmpty && waiting.isEmpty && missed == 0 }
    }

    private var first: QueueEntry?
    private var backlog: Backlog?

    @inline(__always) var isEmpty: Bool { first == nil }

    /// Whether it holds more than an idle session does.
    @inline(__always) var hasBacklog: Bool { backlog != nil }

    /// Without the first entry, which is about to leave.
    @inline(__always) var bytes: Int { backlog?.bytes ?? 0 }

    private mutating func openBacklog() -> Backlog {
        if let backlog { return backlog }
        let made = Backlog()
        backlog = made
        return made
    }

    private mutating func closeBacklogIfEmpty() {
        if backlog?.isEmpty == true { backlog = nil }
    }

    /// The same as ``append(_:size:)`` for an empty queue.
    mutating func begin(with entry: QueueEntry) { first = entry }

    /// - Parameter size: asked only where the entry has to wait behind another.
    mutating func append(_ entry: QueueEntry, size: () -> Int) {
        guard first != nil else {
            first = entry
            return
        }
        let backlog = openBacklog()
        backlog.entries.append(entry)
        backlog.bytes += size()
    }

    mutating func prepend(_ entry: QueueEntry, sizeOfFirst size: (QueueEntry) -> Int) {
        if let old = first {
            let backlog = openBacklog()
            backlog.entries.prepend(old)
            backlog.bytes += size(old)
        }
        first = entry
    }

    mutating func pop(size: (QueueEntry) -> Int) -> QueueEntry? {
        guard let entry = first else { return nil }
        guard backlog != nil else {
            first = nil
            return entry
        }
        first = backlog?.entries.popFirst()
        if let next = first, let backlog { backlog.bytes = max(0, backlog.bytes - size(next)) }
        closeBacklogIfEmpty()
        return entry
    }

    /// Removes an earlier frame of the same row, which the new one replaces (RULES 11), and hands its `from` on to the next
    /// change in line.
    ///
    /// - Returns: the `from` of the new frame.
    mutating func conflate(
        _ subject: (id: NotificationID, isWhole: Bool), in dialect: Dialect, from: Seq, size: (QueueEntry) -> Int
    ) -> Seq {
        func isReplaced(_ entry: QueueEntry) -> Bool {
            guard let old = entry.subject(in: dialect), old.id == subject.id else { return false }
            return subject.isWhole || !old.isWhole
        }
        if let first, isReplaced(first), let freed = first.from {
            guard let heir = heir(of: freed, from: 0) else { return from }
            self.first = backlog?.entries.popFirst()
            if let next = self.first, let backlog { backlog.bytes = max(0, backlog.bytes - size(next)) }
            defer { closeBacklogIfEmpty() }
            guard case .entry(let index) = heir else { return freed }
            if index == 0 { self.first?.from = freed } else { backlog?.entries[index - 1].from = freed }
            return from
        }
        guard let backlog, let index = backlog.entries.lastIndex(where: isReplaced),
            let freed = backlog.entries[index].from, let heir = heir(of: freed, from: index + 1)
        else { return from }
        backlog.bytes = max(0, backlog.bytes - size(backlog.entries[index]))
        guard case .entry(let next) = heir else {
            backlog.entries.remove(at: index)
            return freed
        }
        backlog.entries[next].from = freed
        backlog.entries.remove(at: index)
        return from
    }

    private enum Heir {
        case entry(Int)
        /// The frame that is about to be queued.
        case newFrame
    }

    /// Who is next in the order of changes behind a frame that goes; nil where that is a page, whose `from` cannot change.
    private func heir(of freed: Seq, from start: Int) -> Heir? {
        guard let backlog else { return .newFrame }
        for index in backlog.entries.indices.dropFirst(start) where backlog.entries[index].seq > freed {
            return backlog.entries[index].from == nil ? nil : .entry(index)
        }
        return .newFrame
    }

    /// Keeps what may never be dropped (RULES 10): frames without a place in the order of changes stay, replies wait for the
    /// sync. A page of the store stays only where nothing before it is dropped.
    ///
    /// - Returns: up to where the pages that stay lead, 0 where none does; and the first change whose answer waits.
    mutating func dropChanges(size: (QueueEntry) -> Int) -> (through: Seq, firstReply: Seq) {
        let entries = (first.map { [$0] } ?? []) + (backlog.map { Array($0.entries) } ?? [])
        first = nil
        backlog?.entries = []
        backlog?.bytes = 0
        var replies: [SharedFrame] = []
        var through: Seq = 0
        var isBroken = false
        for entry in entries {
            switch entry {
            // What has no place in the order of changes leaves no gap either.
            case .change(let frame, _): if frame.seq > 0 { isBroken = true }
            case .reply(let frame, _):
                if !frame.isUnchanged { isBroken = true }
                replies.append(frame)
            case .own(let frame) where frame.through == 0 || !isBroken:
                through = max(through, frame.through)
                append(entry) { size(entry) }
            case .own: break
            }
        }
        if !replies.isEmpty { openBacklog().waiting.insert(contentsOf: replies, at: 0) }
        closeBacklogIfEmpty()
        return (through, replies.lazy.filter { !$0.isUnchanged }.map(\.seq).min() ?? .max)
    }

    mutating func removeAll() {
        first = nil
        backlog = nil
    }

    // MARK: Waiting publications

    /// - Parameter isOwn: whether a frame answers this session's own command.
    mutating func hold(_ frame: SharedFrame, size: Int, byteLimit: Int, isOwn: (SharedFrame) -> Bool) {
        let backlog = openBacklog()
        let index = backlog.waiting.lastIndex { !frame.precedes($0) }.map { $0 + 1 } ?? 0
        backlog.waiting.insert(frame, at: index)
        backlog.waitingBytes += size
        if backlog.waitingBytes > byteLimit { dropWaiting(isOwn: isOwn) }
    }

    /// Only answers stay.
    mutating func dropWaiting(isOwn: (SharedFrame) -> Bool) {
        guard let backlog else { return }
        for frame in backlog.waiting where !isOwn(frame) { backlog.missed = max(backlog.missed, frame.seq) }
        backlog.waiting.removeAll { !isOwn($0) }
        backlog.waitingBytes = 0
    }

    mutating func takeWaiting() -> [SharedFrame] {
        guard let backlog else { return [] }
        let frames = backlog.waiting
        backlog.waiting = []
        backlog.waitingBytes = 0
        closeBacklogIfEmpty()
        return frames
    }

    /// The store has a change up to this seq whose publication may not come.
    mutating func noteMissed(_ seq: Seq) {
        let backlog = openBacklog()
        backlog.missed = max(backlog.missed, seq)
    }

    /// The newest publication that was dropped while waiting; 0 where none was.
    mutating func takeMissed() -> Seq {
        guard let backlog else { return 0 }
        let missed = backlog.missed
        backlog.missed = 0
        closeBacklogIfEmpty()
        return missed
    }
}
