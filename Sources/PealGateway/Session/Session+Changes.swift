import NIOCore
import PealCore

// MARK: - Publications

extension Session {
    /// The usual case, for a session that has everything before it: queues a change that is not its own.
    ///
    /// - Returns: false where ``publish(_:)`` has to look closer; nothing has been done then.
    mutating func takeNext(_ frame: SharedFrame) -> Bool {
        guard isNext(frame) else { return false }
        seq = frame.seq
        enqueue(frame)
        return true
    }

    /// Whether it is somebody else's change that follows on what the session has.
    @inline(__always) private func isNext(_ frame: SharedFrame) -> Bool {
        phase == .live && frame.from <= seq && frame.seq > seq && frame.isStep && !isOwn(frame)
    }

    /// The usual case for a session that is at rest: what its client gets of a change, which counts as sent.
    ///
    /// - Returns: nil where the change has to go through the queue; nothing has been done then.
    mutating func passOn(_ frame: SharedFrame) -> WireBytes? {
        guard isNext(frame), queue.isEmpty, flags.contains(.hasLoaded), dialect == .peal, compression != .both,
            !frame.isBulk,
            let bytes = frame.bytes(in: .peal, on: wire, tag: tag, from: frame.from)
        else { return nil }
        seq = frame.seq
        sentSeq = frame.seq
        return bytes
    }

    /// A publication of this user.
    mutating func publish(_ frame: SharedFrame) -> SessionAction {
        switch frame.publication.content {
        case .receipt, .passed, .typing: return pass(frame)
        default: break
        }
        switch phase {
        case .live:
            return take(frame)
        case .replaying:
            hold(frame)
            return .none
        case .gapped:
            hold(frame)
            return frame.from <= seq && frame.seq > seq ? takeWaiting() : .none
        case .behind:
            // The sync that is due will bring it.
            if isOwn(frame) { hold(frame) }
            return .none
        case .closing:
            return .none
        }
    }

    /// What has no place in the order of changes is shown at once or not at all.
    private mutating func pass(_ frame: SharedFrame) -> SessionAction {
        guard phase != .closing, phase != .behind else { return .none }
        // Programs that were written for other servers know no receipts.
        if case .passed = frame.publication.content {} else if dialect != .peal { return .none }
        enqueue(frame)
        return .none
    }

    /// Whether it answers a command of this session.
    func isOwn(_ frame: SharedFrame) -> Bool { frame.originSession == id }

    private mutating func take(_ frame: SharedFrame) -> SessionAction {
        let isOwn = isOwn(frame)
        guard !frame.isUnchanged else {
            guard isOwn else { return .none }
            // The answer names a seq; a client that takes it over must have everything up to it.
            if frame.isPlaced, frame.seq > seq { return wait(frame) }
            answer(with: frame)
            return .none
        }
        guard frame.seq > seq else {
            // Known already, by a page of the store or because a bus repeats; only the first makes an answer due.
            if isOwn, frame.seq > answeredSeq { answer(with: frame) }
            return .none
        }
        guard frame.from <= seq, frame.isStep else { return wait(frame) }
        seq = frame.seq
        if isOwn { answer(with: frame) } else { enqueue(frame) }
        return .none
    }

    private mutating func wait(_ frame: SharedFrame) -> SessionAction {
        phase = .gapped
        hold(frame)
        return .awaitGap
    }

    private mutating func answer(with frame: SharedFrame) {
        if unanswered > 0 { unanswered -= 1 }
        if !frame.isUnchanged { answeredSeq = frame.seq }
        let entry = QueueEntry.reply(frame, from: frame.from)
        queue.append(entry) { [self] in size(of: entry) }
    }

    private mutating func enqueue(_ frame: SharedFrame) {
        guard !queue.isEmpty || frame.isBulk else { return queue.begin(with: .change(frame, from: frame.from)) }
        var from = frame.from
        if !queue.isEmpty, let subject = frame.subject(in: dialect) {
            from = queue.conflate(subject, in: dialect, from: from) { [self] in size(of: $0) }
        }
        let entry = QueueEntry.change(frame, from: from)
        queue.append(entry) { [self] in size(of: entry) }
        if queue.bytes > rules.queueBytes || isOversized(entry) { overflow() }
    }

    /// A bulk change can be larger than a queue may be; a sync brings it in pages.
    private func isOversized(_ entry: QueueEntry) -> Bool {
        guard case .change(let frame, _) = entry, frame.isBulk else { return false }
        return size(of: entry) > rules.queueBytes / 2
    }

    /// The reader is too slow for single frames: they are dropped, and the store is read once it has caught up (promise 5).
    private mutating func overflow() {
        let kept = queue.dropChanges { [self] in size(of: $0) }
        queue.dropWaiting { [id] in $0.originSession == id }
        seq = max(sentSeq, kept.through)
        answeredSeq = min(answeredSeq, kept.firstReply - 1)
        phase = .behind
        flags.insert(.overflowed)
    }

    private mutating func hold(_ frame: SharedFrame) {
        let size = bytes(of: frame, from: frame.from)?.readableBytes ?? 0
        queue.hold(frame, size: size, byteLimit: rules.queueBytes) { [id] in $0.originSession == id }
    }

    /// What waited takes its place.
    private mutating func takeWaiting() -> SessionAction {
        phase = .live
        var action = SessionAction.none
        for frame in queue.takeWaiting() {
            switch phase {
            case .live: action = take(frame)
            case .behind: if isOwn(frame) { hold(frame) }
            default: hold(frame)
            }
        }
        return phase == .gapped ? .awaitGap : action
    }
}

// MARK: - Gaps

extension Session {
    /// The gap wait is over.
    mutating func gapExpired(at now: Tick) -> SessionAction {
        phase == .gapped ? readMissed(at: now) : .none
    }

    /// The store's head of this user, which a lost last publication does not show (RULES 16).
    mutating func headIs(_ head: Seq) -> SessionAction {
        guard head > seq else { return .none }
        switch phase {
        case .live:
            phase = .gapped
            return .awaitGap
        case .replaying:
            // What is being read may be from before that change.
            queue.noteMissed(head)
            return .none
        case .gapped, .behind, .closing: return .none
        }
    }

    /// At most one sync in a second; the next pump tries again.
    mutating func readMissed(at now: Tick) -> SessionAction {
        guard now - lastSync >= rules.syncSpacing else {
            phase = .behind
            return .none
        }
        lastSync = now
        phase = .replaying
        flags.insert(.synced)
        return .read(.changes(after: seq, limit: rules.syncPageLimit, isShared: true))
    }
}

// MARK: - Answers of the store

extension Session {
    mutating func complete(_ answer: StoreAnswer, at now: Tick) -> SessionAction {
        guard phase != .closing else { return .none }
        switch answer {
        case .page(let page, let reset): return load(page, reset: reset, at: now)
        case .head(let inbox): return begin(at: inbox, now: now)
        case .changes(let page): return catchUp(page, at: now)
        case .list(let page, let requestID):
            flags.remove(.isBusy)
            enqueue(
                SnapshotFrames.list(
                    page, requestID: requestID, in: dialect, on: wire, tag: tag, byteLimit: rules.queueBytes / 2))
            return .none
        case .counts(let inbox, let requestID):
            if let action = overtaken(by: inbox, requestID: requestID) { return action }
            flags.remove(.isBusy)
            enqueue(AnswerFrames.unreadCount(inbox, requestID: requestID, on: wire, tag: tag))
            return .none
        case .failed(let error, let read): return fail(error, read, at: now)
        }
    }

    private mutating func load(_ page: InboxPage, reset: Bool, at now: Tick) -> SessionAction {
        guard phase == .replaying else { return .none }
        let (bytes, shown) = pageBytes(page, reset: reset)
        seq = page.inbox.seq
        first(bytes, through: seq, delivers: page.rows.prefix(shown).filter(\.awaitsDelivery).map(\.id))
        return goLive(at: now)
    }

    private mutating func catchUp(_ page: ChangePage, at now: Tick) -> SessionAction {
        guard phase == .replaying else { return .none }
        let isFirst = !flags.contains(.hasLoaded)
        let isForeign = isFirst && page.inbox.seq < seq
        if isForeign || page.inbox.floor > seq || page.inbox.seq - seq > rules.syncDistanceLimit {
            return .read(self.page(limit: rules.firstPageLimit, reset: true))
        }
        guard isFirst || page.inbox.seq > seq else { return goLive(at: now) }
        let sync = syncPage(page)
        let delivers = page.awaitingDelivery(after: seq, through: sync.through)
        seq = sync.through
        first(sync.bytes, through: seq, news: sync.news, delivers: delivers)
        guard sync.hasMore else { return goLive(at: now) }
        flags.insert(.hasMorePages)
        return .none
    }

    /// Nothing leaves before the first page; after it pages stand behind what was queued before.
    private mutating func first(_ bytes: WireBytes, through: Seq, news: Int = 0, delivers: [NotificationID]) {
        guard !flags.contains(.hasLoaded) else {
            return enqueue(bytes, through: through, news: news, delivers: delivers)
        }
        flags.insert(.hasLoaded)
        let frame = OwnFrame(bytes, through: through, news: news, delivers: delivers)
        queue.prepend(.own(frame)) { [self] in size(of: $0) }
    }

    mutating func goLive(at now: Tick) -> SessionAction {
        guard queue.takeMissed() <= seq else { return readMissed(at: now) }
        return takeWaiting()
    }

    private mutating func fail(_ error: StoreError, _ read: StoreRead, at now: Tick) -> SessionAction {
        switch read {
        case .page, .head, .changes, .resume:
            guard flags.contains(.hasLoaded) else {
                return .close(.internalError, reason: "the inbox cannot be read now")
            }
            lastSync = now
            phase = .behind
        case .list(_, let requestID), .counts(let requestID):
            flags.remove(.isBusy)
            enqueue(AnswerFrames.error(CommandError(error), requestID: requestID, on: wire))
        }
        return .none
    }
}
