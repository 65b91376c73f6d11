import PealCore

/// One publication on its way to the sessions of one loop: encoded at most once for each wire and dialect, by the first
/// session that sends it. Compressing it is shared with the other loops.
///
/// @unchecked Sendable because each loop has frames of its own: one is made for it elsewhere, and touched by it alone from
/// then on.
final class SharedFrame: @unchecked Sendable {
    let publication: Publication
    /// When the batch came in, in nanoseconds of the monotonic clock.
    let receivedAt: UInt64
    /// The same for all loops; nil where there is but this one.
    let compression: SharedCompression?

    // What every session asks of it: the publication is large, and taking it apart costs more than the rest.
    let seq: Seq
    /// The seq before the change.
    let from: Seq
    /// The session whose command this answers.
    let originSession: UInt64?
    /// The answer to a command that changed nothing.
    let isUnchanged: Bool
    /// Whether its frame names a place in the order of changes; only a refusal does not.
    let isPlaced: Bool
    /// Whether it is one step in the order of changes that its frame tells in full.
    let isStep: Bool
    /// Whether it is one notification that is handed to each session.
    let isNotification: Bool
    /// Whether it is about many rows, so that it may be larger than a queue can be.
    let isBulk: Bool
    /// The row of it that its actors are to be told of, once a session has taken it.
    let awaitsDelivery: NotificationID?

    /// The turn of the loop in which it was noted last for the metrics.
    var notedInTurn: UInt32 = 0

    private var encodings = Encodings()

    private struct Encodings {
        var webSocket: WireBytes?
        var eventStream: WireBytes?
        /// Only while sessions of other dialects are here.
        var foreign: [ForeignEncoding] = []
        var compressed: WireBytes?
    }

    private struct ForeignEncoding {
        var dialect: Dialect
        var wire: Wire
        var bytes: WireBytes?
    }

    init(_ publication: Publication, receivedAt: UInt64, compression: SharedCompression? = nil) {
        self.publication = publication
        self.receivedAt = receivedAt
        self.compression = compression
        seq = publication.seq
        from = publication.from
        originSession = publication.origin?.session
        (isUnchanged, isPlaced, isStep) =
            switch publication.content {
            case .created, .aggregated, .updated, .marked: (false, true, true)
            case .receipt, .revised, .passed, .typing: (false, true, false)
            case .unchanged(.failed): (true, false, false)
            case .unchanged: (true, true, false)
            }
        isBulk = if case .updated(_, let rows) = publication.content { rows.count > 1 } else { false }
        (isNotification, awaitsDelivery) =
            switch publication.content {
            case .created(let row), .aggregated(let row): (true, row.awaitsDelivery ? row.id : nil)
            default: (false, nil)
            }
    }

    /// In the order of changes; what changed nothing stands behind the change that it saw.
    func precedes(_ other: SharedFrame) -> Bool {
        seq != other.seq ? seq < other.seq : !isUnchanged && other.isUnchanged
    }

    /// The row that the whole frame is about, and whether the frame holds all of it.
    func subject(in dialect: Dialect) -> (id: NotificationID, isWhole: Bool)? {
        switch publication.content {
        case .created(let row): (row.id, true)
        case .aggregated(let row): (row.id, dialect != .rooms)
        case .updated(_, let rows): rows.count == 1 ? rows.first.map { ($0.id, false) } : nil
        default: nil
        }
    }

    /// For WebSocket clients that take compressed frames (RFC 7692). No state is kept between messages, so that one
    /// compression serves all of them.
    func compressedBytes(in dialect: Dialect, tag: EpochTag, from: Seq) -> WireBytes? {
        guard let plain = bytes(in: dialect, on: .webSocket, tag: tag, from: from) else { return nil }
        guard dialect == .peal, from == self.from else { return CompressedFrame.make(from: plain) }
        if let known = encodings.compressed { return known }
        let made = compression?.copy(of: plain) ?? CompressedFrame.make(from: plain)
        encodings.compressed = made
        return made
    }

    func bytes(in dialect: Dialect, on wire: Wire, tag: EpochTag, from: Seq) -> WireBytes? {
        guard dialect == .peal else { return foreignBytes(in: dialect, on: wire, tag: tag) }
        guard from == self.from else {
            return ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
        }
        switch wire {
        case .webSocket:
            if let known = encodings.webSocket { return known }
            encodings.webSocket = ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
            return encodings.webSocket
        case .eventStream:
            if let known = encodings.eventStream { return known }
            encodings.eventStream = ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
            return encodings.eventStream
        case .json:
            return ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
        }
    }

    /// The dialects that a session here has asked for so far, without the native one.
    var encodedDialects: Set<Dialect> { Set(encodings.foreign.map(\.dialect)) }

    /// No other dialect says `from`, so that there is one encoding whatever was conflated.
    private func foreignBytes(in dialect: Dialect, on wire: Wire, tag: EpochTag) -> WireBytes? {
        if let known = encodings.foreign.first(where: { $0.dialect == dialect && $0.wire == wire }) {
            return known.bytes
        }
        let bytes = DialectFrames.change(publication, in: dialect, on: wire, tag: tag)
        encodings.foreign.append(ForeignEncoding(dialect: dialect, wire: wire, bytes: bytes))
        return bytes
    }
}

extension Notification {
    /// Whether its actors are to be told that it arrived, and have not been.
    var awaitsDelivery: Bool { wantsReceipt && deliveredAt == nil && standing != .deleted }
}

extension ChangePage {
    /// The rows of a part of the page whose actors are to be told that they arrived.
    func awaitingDelivery(after low: Seq, through high: Seq) -> [NotificationID] {
        changes.compactMap { change in
            guard case .row(let row) = change, row.awaitsDelivery, row.seq > low, row.seq <= high else { return nil }
            return row.id
        }
    }
}
