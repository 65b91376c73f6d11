import PealCore

/// How much a client may still say: two token buckets, filled at each tick. What a message costs is taken when it has been
/// read, so a bucket may go below zero; while one is empty the socket is not read, and nothing that was sent is lost.
struct InboundBudget {
    /// In thousandths, so that a tick shorter than a second fills it too.
    private var messages: Int32
    private var bytes: Int32
    private var filled: Tick
    /// Since when the client has said more than it may, without a pause in which both buckets were full again; 0 where it
    /// has not.
    private(set) var exceededSince: Tick = 0

    init(_ rules: SessionRules, now: Tick) {
        messages = rules.messageBurst
        bytes = rules.byteBurst
        filled = now
    }

    /// When it may be worth looking again.
    var nextFill: Tick { filled.later(by: 1) }

    var isEmpty: Bool { messages <= 0 || bytes <= 0 }

    /// - Returns: whether this emptied a bucket.
    mutating func spend(messages count: Int, _ rules: SessionRules, at now: Tick) -> Bool {
        guard rules.messagesPerTick > 0 else { return false }
        fill(rules, at: now)
        let wasEmpty = isEmpty
        messages = Int32(clamping: Int(messages) - count * 1000)
        return !wasEmpty && noteIfEmpty(at: now)
    }

    /// - Returns: whether this emptied a bucket.
    mutating func spend(bytes count: Int, _ rules: SessionRules, at now: Tick) -> Bool {
        guard rules.bytesPerTick > 0 else { return false }
        fill(rules, at: now)
        let wasEmpty = isEmpty
        bytes = Int32(clamping: Int(bytes) - count)
        return !wasEmpty && noteIfEmpty(at: now)
    }

    private mutating func noteIfEmpty(at now: Tick) -> Bool {
        guard isEmpty else { return false }
        if exceededSince == 0 { exceededSince = max(1, now) }
        return true
    }

    mutating func fill(_ rules: SessionRules, at now: Tick) {
        guard now > filled else { return }
        let passed = Int(now - filled)
        filled = now
        messages = Self.filled(messages, by: rules.messagesPerTick, passed, upTo: rules.messageBurst)
        bytes = Self.filled(bytes, by: rules.bytesPerTick, passed, upTo: rules.byteBurst)
        if messages == rules.messageBurst, bytes == rules.byteBurst { exceededSince = 0 }
    }

    private static func filled(_ tokens: Int32, by perTick: Int32, _ ticks: Int, upTo burst: Int32) -> Int32 {
        guard perTick > 0, tokens < burst else { return burst }
        return Int32(clamping: min(Int(burst), Int(tokens) + Int(perTick) * ticks))
    }
}

extension ClientRequest.Command {
    /// What it costs beside the message itself, in messages.
    var extraCost: Int {
        switch self {
        case .textPing, .ping: 0
        case .unreadCount, .typing: 1
        case .list, .refresh: 4
        case .inbox(.rows(_, let ids)), .inbox(.snooze(let ids, _)): max(0, ids.count - 1)
        // Counts what stays unread above it, in the transaction of the one writer.
        case .inbox(.mark(_, upTo: .some)): 9
        case .inbox(.mark(_, upTo: .none)): 0
        }
    }
}
