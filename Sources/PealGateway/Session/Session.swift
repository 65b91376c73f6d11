import NIOCore
import PealAuth
import PealCore

/// One live connection of one user: what it has, what it has to send, what it waits for. A machine without I/O; the
/// transport under it asks for frames while its socket takes them.
struct Session {
    enum Phase: UInt8, Sendable {
        /// Waits for an answer of the store; publications wait. → live, gapped, behind
        case replaying
        /// Has all changes up to ``Session/seq``. → gapped, behind
        case live
        /// A publication was overtaken by a later one, which waits. → live, replaying, behind
        case gapped
        /// Frames were dropped: the store is read once the queue has left. → replaying
        case behind
        /// Nothing more is sent.
        case closing
    }

    struct Flags: OptionSet {
        let rawValue: UInt8

        static let hasLoaded = Self(rawValue: 1)
        /// The sync goes on once this page has left.
        static let hasMorePages = Self(rawValue: 2)
        /// A command that reads is being carried out; the next ones wait.
        static let isBusy = Self(rawValue: 4)
        static let wasWarned = Self(rawValue: 8)
        /// For the metrics; ``takeEvents()`` clears them.
        static let overflowed = Self(rawValue: 16)
        static let synced = Self(rawValue: 32)
        static let exceededMessages = Self(rawValue: 64)
        static let exceededBytes = Self(rawValue: 128)
    }

    // In an order that leaves no gaps, and without an optional time: a node has so many sessions.
    let id: UInt64
    let user: UserID
    let tag: EpochTag
    let rules: SessionRules
    /// The last change that was queued.
    var seq: Seq = 0
    /// The last change that was handed to the transport.
    var sentSeq: Seq = 0
    /// The last own change that was answered.
    var answeredSeq: Seq = 0
    var queue = OutputQueue()
    private var expiresAtMilliseconds = Session.never
    /// Of the token that it has now.
    var grant = Grant.none
    var expiry: Tick = .max
    var lastHeard: Tick
    var pingDue: Tick
    var lastSync: Tick = 0
    var lastCommand: Tick = 0
    var budget: InboundBudget
    let wire: Wire
    let dialect: Dialect
    var phase = Phase.replaying
    var flags: Flags = []
    var compression = Compression.none
    var badCommands: UInt8 = 0
    var unanswered: UInt8 = 0

    private static let never = Int64.max

    var expiresAt: Timestamp? {
        get { expiresAtMilliseconds == Self.never ? nil : Timestamp(milliseconds: expiresAtMilliseconds) }
        set { expiresAtMilliseconds = newValue?.milliseconds ?? Self.never }
    }

    init(
        id: UInt64, user: UserID, tag: EpochTag, wire: Wire, dialect: Dialect = .peal, rules: SessionRules, now: Tick
    ) {
        self.id = id
        self.user = user
        self.tag = tag
        self.wire = wire
        self.dialect = dialect
        self.rules = rules
        lastHeard = now
        budget = InboundBudget(rules, now: now)
        pingDue = now + (wire == .webSocket ? rules.ping : rules.heartbeat)
    }

    /// The first input. The session must be in the hub already, so that no change falls between the two (RULES 6).
    mutating func start(since: Since, limit: Int) -> SessionAction {
        if rules.echoes { return startEcho() }
        switch since {
        case .beginning:
            return .read(dialect.beginsWithPage ? page(limit: limit, reset: false) : .head)
        case .unusable:
            return .read(page(limit: limit, reset: true))
        case .after(let seq):
            self.seq = seq
            sentSeq = seq
            return .read(.resume(after: seq, limit: rules.syncPageLimit))
        }
    }

    /// What has happened since it was last asked, for the metrics.
    mutating func takeEvents() -> Flags {
        let events = flags.intersection([.overflowed, .synced, .exceededMessages, .exceededBytes])
        flags.subtract(events)
        return events
    }

    /// Forgets everything that was to be sent.
    mutating func end() {
        phase = .closing
        queue.removeAll()
    }
}

// MARK: - Output

extension Session {
    /// The next frame, when the transport can take one.
    mutating func next() -> OutputFrame? {
        guard flags.contains(.hasLoaded) else { return nil }
        while let entry = queue.pop(size: size(of:)) {
            switch entry {
            case .change(let frame, let from):
                sentSeq = max(sentSeq, frame.seq)
                guard let bytes = leaving(frame, from: from) else { continue }
                return OutputFrame(bytes: bytes, change: frame)
            case .reply(let frame, let from):
                if !frame.isUnchanged { sentSeq = max(sentSeq, frame.seq) }
                let bytes = reply(frame, from: from, isLate: frame.isPlaced && frame.seq < sentSeq)
                guard bytes.readableBytes > 0 else { continue }
                return OutputFrame(bytes: compressed(bytes))
            case .own(let frame):
                sentSeq = max(sentSeq, frame.through)
                // Some dialects have nothing to say where others send a page.
                guard frame.bytes.readableBytes > 0 else { continue }
                return OutputFrame(
                    bytes: frame.isPlain ? frame.bytes : compressed(frame.bytes), delivers: frame.delivers,
                    news: frame.news)
            }
        }
        return nil
    }

    // Asked for every frame of every session: inlined, so that a field is read where it lies. A call would copy the session
    // first, with a reference to all that it holds.

    /// Has everything, and has sent it: the usual state.
    @inline(__always) var isAtRest: Bool { phase == .live && queue.isEmpty }

    /// Everything has left, and the transport would take more.
    mutating func drained(at now: Tick) -> SessionAction {
        switch phase {
        case .behind:
            return readMissed(at: now)
        case .replaying where flags.contains(.hasMorePages):
            flags.remove(.hasMorePages)
            return .read(.changes(after: seq, limit: rules.syncPageLimit, isShared: false))
        default:
            return .none
        }
    }

    /// Above half of the queue limit the socket is not read (RULES 10).
    @inline(__always) var isCongested: Bool { queue.hasBacklog && queue.bytes > rules.queueBytes / 2 }

    /// Whether the next message may be taken.
    @inline(__always) var canReceive: Bool {
        !flags.contains(.isBusy) && (unanswered == 0 || Int(unanswered) < rules.commandsInFlight) && !isCongested
            && !budget.isEmpty && phase != .closing
    }

    /// Whether ``advance(to:)`` has something to do at the next tick.
    @inline(__always) var isDueAtNextTick: Bool { phase == .behind || budget.isEmpty }

    /// - Parameters:
    ///   - isPlain: whether it is never compressed: it has to do with a secret (RULES 36).
    ///   - delivers: rows whose actors are told when the frame leaves.
    mutating func enqueue(
        _ bytes: WireBytes, through: Seq = 0, isPlain: Bool = false, news: Int = 0, delivers: [NotificationID] = []
    ) {
        guard phase != .closing else { return }
        let frame = OwnFrame(bytes, through: through, isPlain: isPlain, news: news, delivers: delivers)
        queue.append(.own(frame)) { bytes.readableBytes }
    }

    func size(of entry: QueueEntry) -> Int {
        switch entry {
        case .change(let frame, let from): bytes(of: frame, from: from)?.readableBytes ?? 0
        case .reply(let frame, let from): reply(frame, from: from, isLate: false).readableBytes
        case .own(let frame): frame.bytes.readableBytes
        }
    }

    func bytes(of change: SharedFrame, from: Seq) -> WireBytes? {
        change.bytes(in: dialect, on: wire, tag: tag, from: from)
    }

    /// What leaves for a change: where the client takes it, compressed, once for all such clients.
    private func leaving(_ change: SharedFrame, from: Seq) -> WireBytes? {
        compression == .both
            ? change.compressedBytes(in: dialect, tag: tag, from: from) : bytes(of: change, from: from)
    }

    private func compressed(_ frame: WireBytes) -> WireBytes {
        compression == .both ? CompressedFrame.make(from: frame) : frame
    }

    /// - Parameter isLate: whether a later state has been sent already, which a reply that says no seq must not undo.
    private func reply(_ reply: SharedFrame, from: Seq, isLate: Bool) -> WireBytes {
        let requestID = reply.publication.origin?.requestID ?? ""
        if dialect == .rooms, isLate, requestID.isEmpty { return WireBytes() }
        return dialect == .rooms && !isLate
            ? DialectFrames.reply(reply.publication, from: from, requestID: requestID, on: wire, tag: tag)
            : ReplyFrames.frame(reply.publication, from: from, requestID: requestID, on: wire, tag: tag)
    }
}
